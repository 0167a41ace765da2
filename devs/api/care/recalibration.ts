/**
 * Whether a device may be recalibrated from afar, and what became of the last time. The device itself checks the same
 * and has the last word (src/uplink/remote-settings.ts, src/sensors/recalibration.ts).
 */
import { AirpinError } from "../../../certs/error.ts"
import { settingRange } from "../../../src/wire.ts"
import type { Sql } from "../store/database.ts"
import { deviceStates } from "../store/device-views.ts"
import { deviceKey } from "../store/devices.ts"
import type { DeviceState } from "../store/records.ts"

/** MAX_REMOTE_STEP_PPM of src/uplink/remote-settings.ts. */
export const MAX_STEP_PPM = 200

/** Of src/remote-limits.ts: one recalibration a day. */
const PAUSE_S = 86_400

/** Readings that show how steady the air is, and the range that counts as steady: as src/sensors/recalibration.ts. */
const STEADY_S = 180
export const STEADY_PPM = 75

/** CO2 from so long ago says nothing about the air now; a device with the default settings posts every 5 minutes. */
const MAX_AGE_S = 3600

const COMMAND = "RECALIBRATE_PPM"

/** Why a recalibration would be refused now. */
export const recalibrationObstacles = ["unmeasured", "old", "asked-today"] as const

/**
 * What became of the last one:
 * - asked: the device has not received it yet
 * - refused-at-once: too far from what it measures, a second one within a day, or no sensor can do it
 * - waiting: for three minutes of steady CO2, half an hour at most
 * - refused: the CO2 was not steady, or moved too far; or the sensor refused it
 * - done
 */
export const recalibrationOutcomes = ["asked", "refused-at-once", "waiting", "refused", "done"] as const

export interface Recalibration {
    /** why it would be refused now, whatever its value; empty: a value within `fromPpm` and `toPpm` is accepted */
    obstacles: (typeof recalibrationObstacles)[number][]
    /** values that the device accepts; null where CO2 is not known */
    fromPpm: number | null
    toPpm: number | null
    /** CO2 of the last minutes, and whether it is steady; null where not known */
    measuredPpm: number | null
    isSteady: boolean | null
    /** from when another one is accepted, Unix seconds; null: now */
    nextAt: number | null
    last: {
        outcome: (typeof recalibrationOutcomes)[number]
        /** when it was asked for, Unix seconds, and the CO2 that was given; null: at the device, or not known any more */
        askedAt: number | null
        ppm: number | null
        /** by how much the sensor was corrected; null where it does not say */
        changePpm: number | null
    } | null
}

export interface RecalibrationFacts extends Pick<DeviceState, "status" | "settings"> {
    /** CO2 of the last minutes before the newest reading, ppm; `at` is the end of that, Unix seconds */
    co2: { at: number; ppm: number[] } | null
}

/** @param nowS Unix seconds */
export function recalibrationOf(facts: RecalibrationFacts, nowS: number): Recalibration {
    const { co2 } = facts
    const last = lastOf(facts)
    const wasToday = last !== null && last.askedAt !== null && nowS - last.askedAt < PAUSE_S
    const isSpent = wasToday && last.outcome !== "refused-at-once" && last.outcome !== "refused"
    const range = settingRange(COMMAND)
    const measuredPpm = co2 && middleOf(co2.ppm)
    return {
        obstacles: [
            ...(co2 === null ? (["unmeasured"] as const) : []),
            ...(co2 !== null && nowS - co2.at > MAX_AGE_S ? (["old"] as const) : []),
            ...(isSpent ? (["asked-today"] as const) : []),
        ],
        fromPpm: measuredPpm && Math.max(range?.min ?? 0, measuredPpm - MAX_STEP_PPM),
        toPpm: measuredPpm && Math.min(range?.max ?? Number.POSITIVE_INFINITY, measuredPpm + MAX_STEP_PPM),
        measuredPpm,
        isSteady: co2 && Math.max(...co2.ppm) - Math.min(...co2.ppm) <= STEADY_PPM,
        nextAt: isSpent && last.askedAt !== null ? last.askedAt + PAUSE_S : null,
        last,
    }
}

/**
 * @param nowS Unix seconds
 * @throws AirpinError RECALIBRATION_REFUSED where the device would refuse it
 */
export function assertRecalibration(ppm: number, facts: RecalibrationFacts, nowS: number): void {
    const { obstacles, fromPpm, toPpm } = recalibrationOf(facts, nowS)
    const [obstacle] = obstacles
    if (obstacle !== undefined) throw new AirpinError("RECALIBRATION_REFUSED", obstacleTexts[obstacle])
    if (fromPpm === null || toPpm === null || (ppm >= fromPpm && ppm <= toPpm)) return
    const range = `from ${fromPpm} to ${toPpm} ppm, ${MAX_STEP_PPM} ppm around what it measures`
    throw new AirpinError("RECALIBRATION_REFUSED", `the device is told ${ppm} ppm, and accepts ${range}`)
}

const obstacleTexts: Record<Recalibration["obstacles"][number], string> = {
    unmeasured: "the device has measured no CO2",
    old: "the last CO2 of the device is more than an hour old",
    "asked-today": "the device was recalibrated within the last 24 hours, or will be once the air is steady",
}

/** What `recalibrationOf` needs to know. @throws AirpinError DEVICE_UNKNOWN */
export async function readRecalibration(sql: Sql, id: string): Promise<RecalibrationFacts> {
    const key = await deviceKey(sql, id)
    const state = (await deviceStates(sql, id)).get(id)
    const rows = await sql
        .selectFrom("readings")
        .innerJoin("devices", "devices.key", "readings.device")
        .select(["readings.time", "readings.co2Ppm as ppm"])
        .where("devices.key", "=", key)
        .whereRef("readings.time", "<=", "devices.newestAt")
        .where(({ eb, ref }) => eb("readings.time", ">", eb(ref("devices.newestAt"), "-", STEADY_S)))
        .orderBy("readings.time")
        .execute()
    const measured = rows.flatMap(({ time, ppm }) => (ppm === null ? [] : [{ time, ppm }]))
    const newest = measured.at(-1)
    return {
        status: state?.status ?? null,
        settings: state?.settings ?? null,
        co2: newest ? { at: newest.time, ppm: measured.map(({ ppm }) => ppm) } : null,
    }
}

function lastOf({ status, settings }: RecalibrationFacts): Recalibration["last"] {
    const result = Object.values(status?.sensors ?? {}).find(({ recalibrated }) => recalibrated !== undefined)
    const ppm = settings?.desired[COMMAND]
    const asked = ppm === undefined || !settings ? null : { askedAt: settings.setAt, ppm }
    const { askedAt = null, ppm: askedPpm = null } = asked ?? {}
    const of = (outcome: (typeof recalibrationOutcomes)[number], changePpm: number | null = null) => ({
        ...{ outcome, askedAt, ppm: askedPpm, changePpm },
    })
    if (asked !== null && settings !== null) {
        if (settings.applied?.revision !== settings.revision) return of("asked")
        if (settings.applied.refused.includes(COMMAND)) return of("refused-at-once")
        // what the sensors report in the same post is of an earlier one
        if (status !== null && status.at <= settings.applied.at) return of("waiting")
    }
    if (result === undefined) return asked && of("waiting")
    const { recalibrated } = result
    if (recalibrated === "refused") return of("refused")
    return of("done", typeof recalibrated === "number" ? recalibrated : null)
}

const middleOf = (ppm: number[]) => Math.round((Math.max(...ppm) + Math.min(...ppm)) / 2)
