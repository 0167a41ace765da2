/** What the store knows of a device besides its readings: how it is, and what is desired of it. */
import type { DesiredSettings, Status } from "../../../src/wire.ts"
import { type SettingValues, withChanges } from "../desired-settings.ts"
import type { ReportedStatus } from "../status.ts"
import type { Statements } from "./statements.ts"

/** How a device is. Points in time are Unix seconds. */
export interface DeviceState {
    /** what its newest post with a status told, `at` that time; null before the first */
    status: (Partial<Omit<Status, "settings">> & { at: number; unread: string[] }) | null
    /** boots of which readings came */
    boots: number
    /** starts that it told of, by reason: as in `Status.why`; "power": switched on or reset; "unknown": not to be read */
    starts: Record<string, number>
    /** null while nothing was ever asked for */
    settings: DeviceSettings | null
}

/** Settings that are desired, and what became of them: pending until `applied.revision` is `revision`. */
export interface DeviceSettings {
    revision: number
    setAt: number
    desired: SettingValues
    /** the newest receipt; null before the first */
    applied: { revision: number; at: number; refused: string[] } | null
}

/** Keeps a status in place of the one before, counts a start, and notes a receipt. */
export function saveStatus(sql: Statements, device: number, told: ReportedStatus, seenAt: number): void {
    const { settings: receipt, ...status }: Partial<Status> = told.status ?? {}
    if (isNewStart(newestStatus(sql, device), status.uptimeS, seenAt))
        sql.countStart.run({ device, restartReason: reasonOf(told) })
    sql.saveStatus.run({ device, at: seenAt, status: JSON.stringify(status), unread: JSON.stringify(told.unread) })
    if (receipt === undefined) return
    sql.saveReceipt.run({
        device,
        revision: receipt.revision,
        at: seenAt,
        refused: JSON.stringify(receipt.refused ?? []),
    })
}

/**
 * Whether the program started since the device was heard before, or in the
 * very second: it may restart at once. The boot of the batch does not tell,
 * for a start begins with what the one before left in flash.
 */
function isNewStart(before: DeviceState["status"], uptimeS: number | undefined, seenAt: number): boolean {
    if (before === null || uptimeS === undefined) return uptimeS !== undefined
    return seenAt - uptimeS >= before.at || uptimeS < (before.uptimeS ?? 0)
}

function reasonOf({ status, unread }: ReportedStatus): string {
    return status?.restartReason ?? (unread.includes("status.restartReason") ? "unknown" : "power")
}

/** What is still to be told to the device; undefined when it has applied it, or nothing was asked for. */
export function pendingSettings(sql: Statements, device: number): DesiredSettings | undefined {
    const settings = storedSettings(sql, device)
    if (settings === null || settings.applied?.revision === settings.revision) return undefined
    return { revision: settings.revision, ...settings.desired }
}

/** All that is known of how a device is. */
export function readDeviceState(sql: Statements, device: number): DeviceState {
    return {
        status: newestStatus(sql, device),
        boots: sql.boots.get({ device }).count,
        starts: Object.fromEntries(
            sql.starts.all({ device }).map(({ restartReason, count }) => [restartReason, count]),
        ),
        settings: storedSettings(sql, device),
    }
}

function newestStatus(sql: Statements, device: number): DeviceState["status"] {
    const row = sql.statusOf.get({ device })
    return row === undefined ? null : { at: row.at, unread: JSON.parse(row.unread), ...JSON.parse(row.status) }
}

/** Asks for changes, as a new revision with all that was asked for before. */
export function setDesired(sql: Statements, device: number, changes: SettingValues, setAt: number): DeviceSettings {
    const before = storedSettings(sql, device)
    const desired = withChanges(before?.desired ?? {}, changes)
    const revision = (before?.revision ?? 0) + 1
    sql.setDesired.run({ device, revision, setAt, desired: JSON.stringify(desired) })
    return { revision, setAt, desired, applied: before?.applied ?? null }
}

function storedSettings(sql: Statements, device: number): DeviceSettings | null {
    const row = sql.settingsOf.get({ device })
    if (row === undefined) return null
    const { revision, setAt, desired, appliedRevision, appliedAt, refused } = row
    const applied =
        appliedRevision === null ? null : { revision: appliedRevision, at: appliedAt, refused: JSON.parse(refused) }
    return { revision, setAt, desired: JSON.parse(desired), applied }
}
