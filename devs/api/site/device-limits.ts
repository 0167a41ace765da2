/** Limits of CO2 as desired settings of devices, so that a panel shows the levels that the page shows. */
import { AirpinError } from "../../../certs/error.ts"
import { settingRange } from "../../../src/wire.ts"
import type { Sql } from "../store/database.ts"
import { writeDesired } from "../store/device-state.ts"
import type { SettingValues } from "../store/records.ts"
import { type Co2Limits, limitsOf, type SiteDocument } from "./site.ts"

/**
 * Writes the limits of each device whose limits differ between two documents. A device that desires them already gets no
 * new revision: it would restart for nothing.
 *
 * @param setAt Unix seconds
 * @returns ids of the devices that get other settings
 * @throws AirpinError SETTINGS_TOO_LONG, with the name of the device
 */
export async function writeChangedLimits(
    sql: Sql,
    before: SiteDocument,
    now: SiteDocument,
    setAt: number,
): Promise<string[]> {
    const changed: string[] = []
    for (const { id, name, desired } of await devicesWithDesired(sql)) {
        const limits = limitsOf(now, id)
        if (isEqual(limits, limitsOf(before, id)) || isEqual(limits, desired)) continue
        await writeDesired(sql, id, settingsOf(limits), setAt).catch(error => namesDevice(error, name))
        changed.push(id)
    }
    return changed
}

/** The limits of a device that was added in the same transaction, unless it has them without any setting. */
export async function writeLimitsOfNew(sql: Sql, site: SiteDocument, id: string, setAt: number): Promise<void> {
    const limits = limitsOf(site, id)
    if (!isEqual(limits, desiredLimits({}))) await writeDesired(sql, id, settingsOf(limits), setAt)
}

const isEqual = (a: Co2Limits, b: Co2Limits) => a.fairPpm === b.fairPpm && a.poorPpm === b.poorPpm

const settingsOf = ({ fairPpm, poorPpm }: Co2Limits): SettingValues => ({
    CO2_FAIR_PPM: fairPpm,
    CO2_POOR_PPM: poorPpm,
})

/** What a device has with these desired settings; an image may have other defaults, which the server does not know. */
function desiredLimits({ CO2_FAIR_PPM, CO2_POOR_PPM }: SettingValues): Co2Limits {
    const standard = (name: string) => settingRange(name)?.default ?? 0
    return {
        fairPpm: CO2_FAIR_PPM ?? standard("CO2_FAIR_PPM"),
        poorPpm: CO2_POOR_PPM ?? standard("CO2_POOR_PPM"),
    }
}

/** In one order, so that two transactions do not wait for each other. */
async function devicesWithDesired(sql: Sql): Promise<{ id: string; name: string; desired: Co2Limits }[]> {
    const rows = await sql
        .selectFrom("devices")
        .leftJoin("settings", "settings.device", "devices.key")
        .select(["devices.id", "devices.name", "settings.desired"])
        .orderBy("devices.id")
        .execute()
    return rows.map(({ id, name, desired }) => ({ id, name, desired: desiredLimits(JSON.parse(desired ?? "{}")) }))
}

function namesDevice(error: unknown, name: string): never {
    if (error instanceof AirpinError && error.code === "SETTINGS_TOO_LONG")
        throw new AirpinError(error.code, `${name}: ${error.message}`)
    throw error
}
