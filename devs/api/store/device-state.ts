/** A device's last reported status and its desired settings, as tables keep them. */
import type { DesiredSettings, Status } from "../../../src/wire.ts"
import type { DeviceSettings, DeviceState, ReportedStatus, SettingValues } from "./records.ts"
import type { Statements } from "./statements.ts"

/** A command: the device carries it out once, when it applies the revision that holds it. */
const COMMAND = "RECALIBRATE_PPM"

/**
 * Replaces the last status, counts the start if this is a new one, and saves
 * the device's report about its settings.
 *
 * @param seenAt Unix seconds
 */
export function saveStatus(sql: Statements, device: number, reported: ReportedStatus, seenAt: number): void {
    const { settings: report, ...status }: Partial<Status> = reported.status ?? {}
    if (isNewStart(lastStatus(sql, device), status.uptimeS, seenAt))
        sql.countStart.run({ device, restartReason: reasonOf(reported) })
    sql.saveStatus.run({ device, at: seenAt, status: JSON.stringify(status), unread: JSON.stringify(reported.unread) })
    if (report === undefined) return
    const { revision, refused = [] } = report
    sql.saveApplied.run({ device, revision, at: seenAt, refused: JSON.stringify(refused) })
}

/**
 * True if the program started after the last status was received, or in the
 * same second, because it may restart at once. The boot id of the batch does
 * not show this: a new start first sends what the boot before left in flash.
 */
function isNewStart(before: DeviceState["status"], uptimeS: number | undefined, seenAt: number): boolean {
    if (before === null || uptimeS === undefined) return uptimeS !== undefined
    return seenAt - uptimeS >= before.at || uptimeS < (before.uptimeS ?? 0)
}

function reasonOf({ status, unread }: ReportedStatus): string {
    return status?.restartReason ?? (unread.includes("status.restartReason") ? "unknown" : "power")
}

/** Settings to send to the device; undefined when it has applied the newest revision, or none was ever set. */
export function pendingSettings(sql: Statements, device: number): DesiredSettings | undefined {
    const settings = storedSettings(sql, device)
    if (settings === null || !isPending(settings)) return undefined
    return { revision: settings.revision, ...settings.desired }
}

/** True until the device reports that it has applied the newest revision. */
export function isPending({ revision, applied }: DeviceSettings): boolean {
    return applied?.revision !== revision
}

export function readDeviceState(sql: Statements, device: number): DeviceState {
    return {
        status: lastStatus(sql, device),
        boots: sql.bootCount.first({ device })?.count ?? 0,
        starts: Object.fromEntries(
            sql.starts.all({ device }).map(({ restartReason, count }) => [restartReason, count]),
        ),
        settings: storedSettings(sql, device),
    }
}

function lastStatus(sql: Statements, device: number): DeviceState["status"] {
    const row = sql.lastStatus.first({ device })
    return row === undefined ? null : { at: row.at, unread: JSON.parse(row.unread), ...JSON.parse(row.status) }
}

/** Saves a new revision: the settings that were desired before, with the changes. A command is not repeated. */
export function setDesired(sql: Statements, device: number, changes: SettingValues, setAt: number): DeviceSettings {
    const before = storedSettings(sql, device)
    const { [COMMAND]: _, ...lasting } = before?.desired ?? {}
    const desired = { ...lasting, ...changes }
    const revision = (before?.revision ?? 0) + 1
    sql.setDesired.run({ device, revision, setAt, desired: JSON.stringify(desired) })
    return { revision, setAt, desired, applied: before?.applied ?? null }
}

/** True if the changes withdraw a command that the device has not carried out yet. */
export function withdrawsCommand(before: DeviceSettings | null, changes: SettingValues): boolean {
    if (before === null || !isPending(before)) return false
    return before.desired[COMMAND] !== undefined && changes[COMMAND] === undefined
}

function storedSettings(sql: Statements, device: number): DeviceSettings | null {
    const row = sql.settings.first({ device })
    if (row === undefined) return null
    const { revision, setAt, desired, appliedRevision, appliedAt, refused } = row
    const applied =
        appliedRevision === null || appliedAt === null
            ? null
            : { revision: appliedRevision, at: appliedAt, refused: JSON.parse(refused ?? "[]") }
    return { revision, setAt, desired: JSON.parse(desired), applied }
}
