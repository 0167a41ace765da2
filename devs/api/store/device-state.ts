/** A device's last reported status and its desired settings, as tables keep them. */
import { AirpinError } from "../../../certs/error.ts"
import type { DesiredSettings, Status } from "../../../src/wire.ts"
import type { Database, Sql } from "./database.ts"
import { lockDevice } from "./devices.ts"
import type { DeviceSettings, DeviceState, ReportedStatus, SettingValues } from "./records.ts"
import type { SettingsTable, StatusTable } from "./tables.ts"

/** A command: the device carries it out once, when it applies the revision that holds it. */
const COMMAND = "RECALIBRATE_PPM"

/** KEPT_BODY_BYTES of src/uplink/response.ts: a device keeps no more of a response. */
const MAX_RESPONSE_BYTES = 224
const MAX_NUMBER = 2 ** 31 - 1

/**
 * True if the program started after the last status was received, or in the
 * same second, because it may restart at once. The boot id of the batch does
 * not show this: a new start first sends what the boot before left in flash.
 */
export function isNewStart(before: StatusTable | undefined, uptimeS: number | undefined, seenAt: number): boolean {
    if (before === undefined || uptimeS === undefined) return uptimeS !== undefined
    const { uptimeS: uptimeBefore = 0 }: Partial<Status> = JSON.parse(before.status)
    return seenAt - uptimeS >= before.at || uptimeS < uptimeBefore
}

/** Why the device says that it started. */
export function restartReasonOf({ status, unread }: ReportedStatus): string {
    return status?.restartReason ?? (unread.includes("status.restartReason") ? "unknown" : "power")
}

/** Settings to send to the device; undefined when it has applied the newest revision. */
export function pendingSettings(settings: DeviceSettings): DesiredSettings | undefined {
    if (!isPending(settings)) return undefined
    return { revision: settings.revision, ...settings.desired }
}

/** True until the device reports that it has applied the newest revision. */
export function isPending({ revision, applied }: DeviceSettings): boolean {
    return applied?.revision !== revision
}

/** True if the changes withdraw a command that the device has not carried out yet. */
export function withdrawsCommand(before: DeviceSettings | null, changes: SettingValues): boolean {
    if (before === null || !isPending(before)) return false
    return before.desired[COMMAND] !== undefined && changes[COMMAND] === undefined
}

/**
 * Sets desired settings, as a new revision: those desired before, with the changes. A command is not repeated. Where
 * a response cannot hold them all, those that the device has applied already are left out.
 *
 * @param setAt Unix seconds
 * @returns the settings now and before
 * @throws AirpinError DEVICE_UNKNOWN, SETTINGS_TOO_LONG
 */
export function setDesired(db: Database, id: string, changes: SettingValues, setAt: number): Promise<DesiredChange> {
    return db.transaction(sql => writeDesired(sql, id, changes, setAt))
}

export interface DesiredChange {
    settings: DeviceSettings
    before: DeviceSettings | null
}

/** As `setDesired`, in the transaction of the caller. */
export async function writeDesired(
    sql: Sql,
    id: string,
    changes: SettingValues,
    setAt: number,
): Promise<DesiredChange> {
    const device = await lockDevice(sql, id)
    const before = await storedSettings(sql, device)
    const desired = desiredWith(changes, before)
    const row = { revision: (before?.revision ?? 0) + 1, setAt, desired: JSON.stringify(desired) }
    await sql
        .insertInto("settings")
        .values({ device, ...row, appliedRevision: null, appliedAt: null, refused: null })
        .onConflict(conflict => conflict.column("device").doUpdateSet(row))
        .execute()
    return { settings: { revision: row.revision, setAt, desired, applied: before?.applied ?? null }, before }
}

function desiredWith(changes: SettingValues, before: DeviceSettings | null): SettingValues {
    const { [COMMAND]: _, ...lasting } = before?.desired ?? {}
    const all = { ...lasting, ...changes }
    const needed = before && isPending(before) ? all : { ...silenceSettings(lasting), ...changes }
    const desired = [all, needed].find(settings => responseBytes(settings) <= MAX_RESPONSE_BYTES)
    if (desired) return desired
    throw new AirpinError(
        "SETTINGS_TOO_LONG",
        `the settings take ${responseBytes(needed)} bytes, and a device keeps ${MAX_RESPONSE_BYTES} of a response`,
    )
}

/** By these the server knows when a device is silent (devs/api/silence.ts). */
function silenceSettings({ INTERVAL_S, BATCH }: SettingValues): SettingValues {
    return { ...(INTERVAL_S !== undefined && { INTERVAL_S }), ...(BATCH !== undefined && { BATCH }) }
}

const responseBytes = (desired: SettingValues): number =>
    JSON.stringify({ ack: MAX_NUMBER, desired: { revision: MAX_NUMBER, ...desired } }).length

/** A row of `statuses` as the API shows it. */
export function statusOf({ at, status, unread }: StatusTable): NonNullable<DeviceState["status"]> {
    return { at, unread: JSON.parse(unread), ...JSON.parse(status) }
}

/** A row of `settings` as the API shows it. */
export function settingsOf(row: SettingsTable): DeviceSettings {
    const { revision, setAt, desired, appliedRevision, appliedAt, refused } = row
    const applied =
        appliedRevision === null || appliedAt === null
            ? null
            : { revision: appliedRevision, at: appliedAt, refused: JSON.parse(refused ?? "[]") }
    return { revision, setAt, desired: JSON.parse(desired), applied }
}

/** null until settings are set for the first time */
export async function storedSettings(sql: Sql, device: number): Promise<DeviceSettings | null> {
    const row = await sql.selectFrom("settings").selectAll().where("device", "=", device).executeTakeFirst()
    return row === undefined ? null : settingsOf(row)
}
