/** What happened in a room in a range of time: airings, starts, gaps, calibrations, and the air in lessons. */
import { settingRange } from "../../../src/wire.ts"
import { readRecalibration, recalibrationOf } from "../care/recalibration.ts"
import { roomLessons } from "../school/room-lessons.ts"
import { appliedOf } from "../silence.ts"
import { limitsOf } from "../site/site.ts"
import { readSite } from "../site/site-store.ts"
import type { Sql } from "../store/database.ts"
import { restartReasonOf } from "../store/device-state.ts"
import { deviceStates } from "../store/device-views.ts"
import { deviceKey } from "../store/devices.ts"
import type { DeviceState, TimeRange } from "../store/records.ts"
import { wallRooms } from "../wall/rooms.ts"
import { airingsIn } from "./airings.ts"
import { interruptionsOf, minGapS, readBreaks, readSensorGaps } from "./interruptions.ts"
import type { Calibration, Gap, Restart, RoomEvents } from "./records.ts"

/** 35 days: what is found in every reading, 50,000 of one a minute, takes 0.2 s. */
const MAX_DETAILED_S = 35 * 86_400
const MAX_POINTS = 200_000

/**
 * @param nowS Unix s
 * @throws AirpinError DEVICE_UNKNOWN
 */
export async function roomEvents(sql: Sql, id: string, range: TimeRange, nowS: number): Promise<RoomEvents> {
    const key = await deviceKey(sql, id)
    const site = await readSite(sql)
    const room = { key, limits: limitsOf(site, id) }
    const isDetailed = range.to - range.from <= MAX_DETAILED_S
    return {
        ...(isDetailed ? await details(sql, { id, key }, range, nowS) : { airings: null, restarts: null, gaps: null }),
        calibrations: (await lastCalibration(sql, id, nowS)).filter(isIn(range)),
        lessons: await roomLessons(sql, site, room, { from: range.from, to: Math.min(range.to, nowS) }),
    }
}

async function details(sql: Sql, { id, key }: { id: string; key: number }, range: TimeRange, nowS: number) {
    const state = (await deviceStates(sql, id)).get(id)
    const column = await quantityIn(sql, key, range)
    const minS = minGapS(intervalOf(state))
    const boots = await sql
        .selectFrom("boots")
        .select(["boot", "undated", "damaged"])
        .where("device", "=", key)
        .execute()
    const { restarts, gaps } = interruptionsOf(await readBreaks(sql, key, range), boots, minS)
    const sensorGaps = column ? await readSensorGaps(sql, key, range, { column, minS }) : []
    return {
        airings: column ? airingsIn(await points(sql, key, range, column)) : [],
        restarts: withReason(restarts, state).filter(isIn(range)),
        gaps: [...gaps, ...sensorGaps, ...(await silence(sql, id, range, nowS))]
            .filter(({ from, to }) => from < range.to && (to === null || to > range.from))
            .sort((one, other) => one.from - other.from),
    }
}

const isIn =
    ({ from, to }: TimeRange) =>
    ({ at }: { at: number }) =>
        at >= from && at <= to

function intervalOf(state: DeviceState | undefined): number {
    const applied = state?.settings ? appliedOf(state.settings) : {}
    return applied.INTERVAL_S ?? settingRange("INTERVAL_S")?.default ?? 0
}

/** CO2 if any was measured in the range, otherwise its estimate; undefined if there is neither. */
async function quantityIn(sql: Sql, key: number, { from, to }: TimeRange) {
    for (const column of ["co2Ppm", "eco2Ppm"] as const) {
        const row = await sql
            .selectFrom("readings")
            .select("time")
            .where("device", "=", key)
            .where("time", ">=", from)
            .where("time", "<=", to)
            .where(column, "is not", null)
            .limit(1)
            .executeTakeFirst()
        if (row) return column
    }
    return undefined
}

async function points(sql: Sql, key: number, { from, to }: TimeRange, column: "co2Ppm" | "eco2Ppm") {
    const rows = await sql
        .selectFrom("readings")
        .select(["time", `${column} as ppm`])
        .where("device", "=", key)
        .where("time", ">=", from)
        .where("time", "<=", to)
        .orderBy("time", "desc")
        .limit(MAX_POINTS)
        .execute()
    return rows.reverse().flatMap(({ time, ppm }) => (ppm === null ? [] : [{ time, ppm }]))
}

/** The device reports why it started only for its latest start. */
function withReason(restarts: Restart[], state: DeviceState | undefined): Restart[] {
    const { at, uptimeS, unread, ...status } = state?.status ?? {}
    const last = restarts.at(-1)
    if (at === undefined || uptimeS === undefined || !last || last.at < at - uptimeS || last.at > at) return restarts
    return [
        ...restarts.slice(0, -1),
        { ...last, reason: restartReasonOf({ status: { uptimeS, ...status }, unread: unread ?? [] }) },
    ]
}

/** The pause since the newest reading, once the device counts as silent. */
async function silence(sql: Sql, id: string, range: TimeRange, nowS: number): Promise<Gap[]> {
    const [seen] = await wallRooms(sql, [id])
    if (!seen) return []
    const { at, silentFrom } = seen.room
    if (at === null || silentFrom === null || nowS < silentFrom || range.to <= at) return []
    return [{ from: at, to: null, cause: "silent" }]
}

async function lastCalibration(sql: Sql, id: string, nowS: number): Promise<Calibration[]> {
    const facts = await readRecalibration(sql, id)
    const { last } = recalibrationOf(facts, nowS)
    const appliedAt = facts.settings?.applied?.at
    if (last?.outcome !== "done" || last.askedAt === null || appliedAt === undefined) return []
    return [{ at: appliedAt, ppm: last.ppm, changePpm: last.changePpm }]
}
