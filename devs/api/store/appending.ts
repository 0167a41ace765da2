/**
 * What a post changes in the database, worked out from the rows that it concerns; the same for every kind of database.
 * The caller reads those rows and writes the changes in one transaction.
 */
import { AirpinError } from "../../../certs/error.ts"
import { isNewStart, pendingSettings, restartReasonOf, settingsOf } from "./device-state.ts"
import { toColumns } from "./quantity-columns.ts"
import { addRange, type SeqRange } from "./received.ts"
import { type Appended, type Losses, lossesOf, lossNames, mapLosses, type Post } from "./records.ts"
import { type RollUpName, rollUp } from "./roll-ups.ts"
import type {
    BootTable,
    DeviceTable,
    ReadingTable,
    ReceivedTable,
    RollUpTable,
    SettingsTable,
    StartTable,
    StatusTable,
} from "./tables.ts"

/** New boots of a device in a day. A device with a loose plug starts every 10 s and never gets as far as a post. */
export const MAX_BOOTS_A_DAY = 1000

/** Bytes of a device's posts in a day: four times what one reading every 5 s takes, each in a post of its own. */
export const MAX_BYTES_A_DAY = 16 * 1024 * 1024

const DAY_S = 86_400

/** The rows that a post concerns. */
export interface KnownRows {
    device: DeviceTable
    /** undefined before the first batch of the boot */
    boot: BootTable | undefined
    /** ranges of this boot that overlap the batch or touch it */
    received: SeqRange[]
    /** both only for a post with a status */
    status: StatusTable | undefined
    settings: SettingsTable | undefined
}

/** What is written; rows of a table that has no change are absent. */
export interface Changes {
    device: DeviceTable
    /** inserted, or replaced */
    boot?: BootTable
    /** `received` replaces `outdated`, which are rows with another first number */
    received: ReceivedTable
    outdated: ReceivedTable[]
    readings: ReadingTable[]
    status?: StatusTable
    /** `count` is added */
    start?: StartTable
    settings?: SettingsTable
}

/**
 * Works out the changes of one post.
 *
 * `ack` is the last sequence number: numbers missing before the batch are readings the device dropped, since it sends
 * its oldest reading first.
 *
 * @throws AirpinError TOKEN_UNKNOWN if the device has another token now, TOKEN_REVOKED, DEVICE_LIMIT
 */
function planPost(post: Post, known: KnownRows): { changes: Changes; result: Appended } {
    checkToken(post, known.device)
    const usage = usageOf(post, known)
    const losses = { ...lossesOf(post.batch), gap: Math.max(post.batch.gap ?? 0, gapBefore(post, known)) }
    const boot = bootOf(post, known, losses)
    const count = post.batch.values.length
    const range = { firstSeq: post.batch.seq, lastSeq: post.batch.seq + count - 1 }
    const { merged, isNew } = addRange(known.received, range)
    const key = { device: known.device.key, boot: boot.boot }
    const readings = rowsOf(post, key).filter(({ seq }) => isNew(seq))
    const newestAt = readings.reduce((latest, { time }) => Math.max(latest, time), known.device.newestAt ?? 0)
    const { settings, desired, ...state } = stateChanges(post, known)
    const changes: Changes = {
        device: {
            ...known.device,
            ...totalLosses(known, boot),
            ...usage,
            lastSeenAt: post.seenAt,
            newestAt: newestAt || null,
            boots: Math.max(known.device.boots, boot.boot),
        },
        received: { ...key, ...merged },
        outdated: known.received
            .filter(({ firstSeq }) => firstSeq !== merged.firstSeq)
            .map(other => ({ ...key, ...other })),
        readings,
        ...state,
    }
    if (settings) changes.settings = settings
    if (isChanged(boot, known.boot)) changes.boot = boot
    const result: Appended = {
        ack: range.lastSeq,
        inserted: readings.length,
        repeated: count - readings.length,
    }
    if (desired) result.desired = desired
    return { changes, result }
}

/** What becomes of one post of a group: its changes, or why it alone is refused. */
export type Plan = ReturnType<typeof planPost> | { error: AirpinError }

/** @param known undefined if there is no such device */
export function planOf(post: Post, known: KnownRows | undefined): Plan {
    if (known === undefined) return { error: new AirpinError("DEVICE_UNKNOWN", `there is no device ${post.device}`) }
    try {
        return planPost(post, known)
    } catch (error) {
        if (error instanceof AirpinError) return { error }
        throw error
    }
}

/** The token may have been replaced or revoked since the request came. */
function checkToken({ tokenSha256 }: Post, device: DeviceTable): void {
    if (tokenSha256 !== undefined && tokenSha256 !== device.tokenSha256)
        throw new AirpinError("TOKEN_UNKNOWN", "no device has this token")
    if (device.revokedAt !== null) throw new AirpinError("TOKEN_REVOKED", `the token of ${device.id} is revoked`)
}

/** @throws AirpinError DEVICE_LIMIT */
function usageOf({ seenAt, bytes, device }: Post, known: KnownRows) {
    const usageDay = Math.floor(seenAt / DAY_S)
    const isSameDay = usageDay === known.device.usageDay
    const usageBoots = (isSameDay ? known.device.usageBoots : 0) + (known.boot ? 0 : 1)
    const usageBytes = (isSameDay ? known.device.usageBytes : 0) + bytes
    if (usageBoots > MAX_BOOTS_A_DAY)
        throw new AirpinError("DEVICE_LIMIT", `${device} has more than ${MAX_BOOTS_A_DAY} new boots today`)
    if (usageBytes > MAX_BYTES_A_DAY)
        throw new AirpinError("DEVICE_LIMIT", `${device} has sent more than ${MAX_BYTES_A_DAY} bytes today`)
    return { usageDay, usageBoots, usageBytes }
}

/** Of each loss the largest report counts, because a device repeats them. */
function bootOf({ batch }: Post, { device, boot }: KnownRows, losses: Losses): BootTable {
    const largest = mapLosses(name => Math.max(boot?.[name] ?? 0, losses[name]))
    return { device: device.key, boot: boot?.boot ?? device.boots + 1, id: batch.boot, ...largest }
}

function isChanged(boot: BootTable, before: BootTable | undefined): boolean {
    return before === undefined || lossNames.some(name => boot[name] !== before[name])
}

/** The device's losses are the sums over its boots; its uncertainty is the largest. */
function totalLosses({ device, boot: before }: KnownRows, boot: BootTable): Losses {
    const totals = mapLosses(name => device[name] + boot[name] - (before?.[name] ?? 0))
    return { ...totals, timeUncertaintyS: Math.max(device.timeUncertaintyS, boot.timeUncertaintyS) }
}

/**
 * Intervals without a reading before the first of a boot that is not stored
 * yet, on multiples of `step` since 1970, as the device counts them. A device
 * whose power failed while its flash held no reading cannot report them. If
 * the boot's first readings were dropped, their sequence numbers show when
 * they were taken; intervals without a reading between them and this batch
 * count too.
 */
function gapBefore({ batch: { seq, time, step } }: Post, { device, boot }: KnownRows): number {
    if (boot !== undefined || device.newestAt === null) return 0
    const firstEnd = time - (seq - 1) * step
    return Math.max(0, Math.ceil(firstEnd / step) - Math.ceil(device.newestAt / step) - 1)
}

function rowsOf({ batch }: Post, key: { device: number; boot: number }): ReadingTable[] {
    return batch.values.map((values, index) => ({
        device: key.device,
        time: batch.time + index * batch.step,
        boot: key.boot,
        seq: batch.seq + index,
        ...toColumns(values),
    }))
}

/**
 * Changes by the reported status. Without one `desired` stays absent, but for a short post: other firmware that sends
 * none reads no longer response.
 */
function stateChanges({ reported, seenAt, isShort }: Post, { device, status, settings }: KnownRows) {
    if (reported === undefined) {
        const desired = isShort && settings ? pendingSettings(settingsOf(settings)) : undefined
        return desired ? { desired } : {}
    }
    const { settings: report, ...rest } = reported.status ?? {}
    const state: Pick<Changes, "status" | "start" | "settings"> & Pick<Appended, "desired"> = {
        status: {
            device: device.key,
            at: seenAt,
            status: JSON.stringify(rest),
            unread: JSON.stringify(reported.unread),
        },
    }
    if (isNewStart(status, reported.status?.uptimeS, seenAt))
        state.start = { device: device.key, restartReason: restartReasonOf(reported), count: 1 }
    if (settings === undefined) return state
    if (report !== undefined && settings.appliedRevision !== report.revision) {
        const { revision, refused = [] } = report
        const applied = { appliedRevision: revision, appliedAt: seenAt, refused: JSON.stringify(refused) }
        state.settings = { ...settings, ...applied }
    }
    const desired = pendingSettings(settingsOf(state.settings ?? settings))
    if (desired) state.desired = desired
    return state
}

/** The rows of all posts of a transaction, each table at once. */
export interface GroupChanges {
    devices: DeviceTable[]
    boots: BootTable[]
    received: ReceivedTable[]
    outdated: ReceivedTable[]
    readings: ReadingTable[]
    rollUps: Record<RollUpName, RollUpTable[]>
    statuses: StatusTable[]
    starts: StartTable[]
    settings: SettingsTable[]
}

/** @param all the changes of posts of different devices */
export function groupChanges(all: Changes[]): GroupChanges {
    const readings = all.flatMap(changes => changes.readings)
    return {
        devices: all.map(({ device }) => device),
        boots: all.flatMap(({ boot }) => boot ?? []),
        received: all.map(({ received }) => received),
        outdated: all.flatMap(({ outdated }) => outdated),
        readings,
        rollUps: rollUp(readings),
        statuses: all.flatMap(({ status }) => status ?? []),
        starts: all.flatMap(({ start }) => start ?? []),
        settings: all.flatMap(({ settings }) => settings ?? []),
    }
}
