import type { DatabaseSyncInstance } from "@photostructure/sqlite"
import { AirpinError } from "../../../certs/error.ts"
import type { DesiredSettings } from "../../../src/wire.ts"
import type { SettingValues } from "../desired-settings.ts"
import type { Values } from "../quantities.ts"
import type { ReportedStatus } from "../status.ts"
import { openDatabase, schemaVersion } from "./database.ts"
import {
    type DeviceState,
    type DeviceSettings,
    saveStatus,
    pendingSettings,
    readDeviceState,
    setDesired,
} from "./device-state.ts"
import { prepareStatements, type ReadingRow, type Statements } from "./statements.ts"
import { storeError } from "./store-error.ts"

/** A device as people see it, with what it reported over all its boots. Points in time are Unix seconds. */
export interface Device extends Losses {
    id: string
    name: string
    createdAt: number
    /** null while its token is good */
    revokedAt: number | null
    /** when its last batch was stored */
    lastSeenAt: number | null
}

export interface NewDevice {
    id: string
    name: string
    /** SHA-256 of the bearer token, hex */
    tokenSha256: string
    createdAt: number
}

/** What a device reports of a boot's readings besides them: as in `Batch`. */
export interface Losses {
    /** readings dropped */
    lost: number
    /** of those: not taken by this server, without a time, damaged in flash; the others found no room */
    rejected: number
    undated: number
    damaged: number
    /** steps without a reading around power cuts, as the device reported them */
    gap: number
    /** seconds by which the times of a boot's readings may be off, at most */
    timeUncertaintyS: number
}

/** A batch with its place in time: `values[i]` is reading `seq + i`, ending at `time + i * step`. */
export interface TimedBatch extends Partial<Losses> {
    boot: string
    seq: number
    /** Unix seconds */
    time: number
    step: number
    lost: number
    values: Values[]
}

/** What came of a batch; `ack` is its last sequence number. */
export interface Appended {
    ack: number
    /** settings that the device has not applied yet */
    desired?: DesiredSettings
    inserted: number
    repeated: number
}

/** A stored reading; `time` is the end of its interval, Unix seconds. */
export type Reading = Values & { time: number; boot: string; seq: number }

/** The mean of `count` readings whose intervals ended in the `step` seconds up to `time`. */
export type MeanReading = Values & { time: number; count: number }

/** A range of time, Unix seconds, both ends inside. */
export interface TimeRange {
    from: number
    to: number
}

/** Some readings in the order of time; `next` continues behind them, null when there are no more. */
export interface ReadingPage {
    readings: Reading[]
    next: string | null
}

/**
 * Opens the database, and makes it when the file is not there.
 *
 * A write is on the disk when its call returns, so an acknowledgement survives
 * a power cut.
 *
 * @param path a file, or ":memory:"
 * @throws AirpinError STORE_UNOPENED, STORE_NOT_A_DATABASE, STORE_VERSION, STORE_BUSY
 */
export function openStore(path: string): Store {
    return translated(() => new Store(openDatabase(path)))
}

/**
 * Devices and their readings in one SQLite file. All calls are synchronous.
 *
 * Every method may throw AirpinError STORE_BUSY (another process holds the
 * file), STORE_FULL (no space left) or STORE_FAILED.
 */
export class Store {
    readonly #database: DatabaseSyncInstance
    readonly #sql: Statements

    constructor(database: DatabaseSyncInstance) {
        this.#database = database
        this.#sql = prepareStatements(database)
    }

    /** @throws AirpinError DEVICE_EXISTS */
    addDevice(device: NewDevice): void {
        const { changes } = translated(() => this.#sql.addDevice.run({ ...device }))
        if (changes === 0) {
            throw new AirpinError("DEVICE_EXISTS", `there is a device ${device.id} already`, "choose another id")
        }
    }

    /** Every device, revoked ones too, by id. */
    devices(): Device[] {
        return translated(() => this.#sql.devices.all())
    }

    device(id: string): Device | undefined {
        return translated(() => this.#sql.device.get({ id }))
    }

    deviceOfToken(tokenSha256: string): Device | undefined {
        return translated(() => this.#sql.deviceOfToken.get({ tokenSha256 }))
    }

    /**
     * Ends the token of a device; its readings stay. A second time changes nothing.
     *
     * @throws AirpinError DEVICE_UNKNOWN
     */
    revokeDevice(id: string, revokedAt: number): void {
        const { changes } = translated(() => this.#sql.revokeDevice.run({ id, revokedAt }))
        if (changes === 0) throw deviceUnknown(id)
    }

    /**
     * Stores a batch in one transaction, on the disk when this returns. A
     * sequence number already stored for this boot keeps what it has.
     *
     * `ack` is the last sequence number: numbers missing in front of the batch
     * are those the device dropped, since it sends its oldest reading first.
     *
     * @param seenAt Unix seconds
     * @param told the status that came with it. Without one the device gets no
     * settings: a firmware that tells none takes no longer answer.
     * @throws AirpinError DEVICE_UNKNOWN
     */
    append(deviceId: string, batch: TimedBatch, seenAt: number, told?: ReportedStatus): Appended {
        return this.#transaction(() => {
            const device = this.#deviceKey(deviceId)
            const losses = lossesOf(batch)
            const gap = Math.max(losses.gap, this.#gapBefore(device, batch))
            const { key: boot } = this.#sql.saveBoot.get({ device, id: batch.boot, ...losses, gap })
            const inserted = this.#insertReadings(device, boot, batch)
            this.#sql.seen.run({ device, seenAt })
            const count = batch.values.length
            return {
                ack: batch.seq + count - 1,
                ...this.#converse(device, seenAt, told),
                inserted,
                repeated: count - inserted,
            }
        })
    }

    /** What a device reported of each of its boots, in the order in which the server met them. */
    bootLosses(deviceId: string): (Losses & { id: string })[] {
        return translated(() => this.#sql.bootLosses.all({ id: deviceId }))
    }

    /** @throws AirpinError DEVICE_UNKNOWN */
    deviceState(deviceId: string): DeviceState {
        return translated(() => readDeviceState(this.#sql, this.#deviceKey(deviceId)))
    }

    /**
     * Asks a device for settings, as a new revision.
     *
     * @param setAt Unix seconds
     * @throws AirpinError DEVICE_UNKNOWN
     */
    setDesired(deviceId: string, changes: SettingValues, setAt: number): DeviceSettings {
        return this.#transaction(() => setDesired(this.#sql, this.#deviceKey(deviceId), changes, setAt))
    }

    /** The reading that ended last; of two which ended together, the one that arrived in the later boot. */
    latest(deviceId: string): Reading | undefined {
        const row = translated(() => this.#sql.latest.get({ id: deviceId }))
        return row && readingOf(row)
    }

    /**
     * At most `limit` readings in the order of time.
     *
     * @param after `next` of the page before
     * @throws AirpinError AFTER_INVALID
     */
    readings(deviceId: string, range: TimeRange, limit: number, after?: string): ReadingPage {
        const [time, boot, seq] = cursorOf(after)
        const rows: ReadingRow[] = translated(() =>
            this.#sql.readings.all({
                id: deviceId,
                from: Math.max(range.from, time),
                to: range.to,
                time,
                boot,
                seq,
                limit: limit + 1,
            }),
        )
        const page = rows.slice(0, limit)
        const last = page.at(-1)
        const next = last && rows.length > limit ? `${last.time}.${last.bootKey}.${last.seq}` : null
        return { readings: page.map(readingOf), next }
    }

    /** Means over buckets of `step` seconds on the grid of whole steps since 1970, each rounded to its quantity's decimals. */
    means(deviceId: string, range: TimeRange, step: number): MeanReading[] {
        return translated(() => this.#sql.means.all({ id: deviceId, ...range, step }))
    }

    /** Throws when the store can not take a batch now. */
    check(): void {
        this.#transaction(() => schemaVersion(this.#database))
    }

    close(): void {
        this.#database.close()
    }

    #converse(device: number, seenAt: number, told?: ReportedStatus): { desired?: DesiredSettings } {
        if (told === undefined) return {}
        saveStatus(this.#sql, device, told, seenAt)
        const desired = pendingSettings(this.#sql, device)
        return desired === undefined ? {} : { desired }
    }

    #deviceKey(id: string): number {
        const row = this.#sql.deviceKey.get({ id })
        if (row === undefined) throw deviceUnknown(id)
        return row.key
    }

    /**
     * Steps without a reading before the first of a boot that is new here, on
     * the grid of whole steps since 1970, as the device counts them. A device
     * that was cut off while nothing was in its flash cannot tell. Where the
     * boot's first readings were dropped, their numbers place them: steps without
     * a reading between them and this batch count as steps before it.
     */
    #gapBefore(device: number, { boot, seq, time, step }: TimedBatch): number {
        if (this.#sql.knowsBoot.get({ device, id: boot })) return 0
        const former: number | null = this.#sql.lastEnd.get({ device }).time
        if (former === null) return 0
        const first = time - (seq - 1) * step
        return Math.max(0, Math.ceil(first / step) - Math.ceil(former / step) - 1)
    }

    /** The number of rows that were not there before. */
    #insertReadings(device: number, boot: number, batch: TimedBatch): number {
        let inserted = 0
        batch.values.forEach((values, index) => {
            const seq = batch.seq + index
            const time = batch.time + index * batch.step
            inserted += this.#sql.insertReading.run({ device, boot, seq, time, ...values }).changes
        })
        return inserted
    }

    #transaction<Result>(work: () => Result): Result {
        return translated(() => {
            this.#database.exec("BEGIN IMMEDIATE")
            try {
                const result = work()
                this.#database.exec("COMMIT")
                return result
            } catch (error) {
                // SQLite has rolled back by itself when the disk is full
                if (this.#database.isTransaction) this.#database.exec("ROLLBACK")
                throw error
            }
        })
    }
}

function translated<Result>(work: () => Result): Result {
    try {
        return work()
    } catch (error) {
        throw storeError(error)
    }
}

function lossesOf({ lost, rejected = 0, undated = 0, damaged = 0, gap = 0, timeUncertaintyS = 0 }: TimedBatch): Losses {
    return { lost, rejected, undated, damaged, gap, timeUncertaintyS }
}

function readingOf(row: ReadingRow): Reading {
    const { bootKey: _, ...reading } = row
    return reading
}

const BEFORE_ALL = "0.0.0"

function cursorOf(after = BEFORE_ALL): [time: number, boot: number, seq: number] {
    if (!/^\d{1,12}\.\d{1,12}\.\d{1,12}$/.test(after)) {
        throw new AirpinError(
            "AFTER_INVALID",
            "after is not a place in the readings",
            "pass the `next` of the page before",
        )
    }
    return after.split(".").map(Number) as [number, number, number]
}

function deviceUnknown(id: string): AirpinError {
    return new AirpinError("DEVICE_UNKNOWN", `there is no device ${id}`, "see `airpin device list`")
}
