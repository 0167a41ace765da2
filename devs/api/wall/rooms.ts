/** Reads the rooms of the wall: one query for each quantity, whatever the number of rooms. */
import { sensorFault } from "../sensor-fault.ts"
import { appliedOf, silentAfterS } from "../silence.ts"
import { groupOf, limitsOf, type Site } from "../site/site.ts"
import { readSite } from "../site/site-store.ts"
import type { Sql } from "../store/database.ts"
import { settingsOf, statusOf } from "../store/device-state.ts"
import type { QuantityValues } from "../store/records.ts"
import { latestAir, withCo2 } from "./latest-air.ts"
import { type BadAir, badSince } from "./level-since.ts"
import { type Means, trendMeans, trendPpm } from "./trend.ts"
import { levelOf, type Wall, type WallRoom } from "./wall-room.ts"

/** However often a device posts: it may connect anew, which takes some seconds. */
const MIN_SILENT_S = 60

/** A room, and when its device last posted, Unix s. */
export interface SeenRoom {
    room: WallRoom
    lastSeenAt: number | null
}

/** The wall, or the part of it that shows one room. */
export async function wall(sql: Sql, { nowS, id }: { nowS: number; id: string | null }): Promise<Wall> {
    const site = await readSite(sql)
    const rooms = await roomsOf(sql, site, id === null ? null : [id])
    const { name, timeZone } = site
    return { now: nowS, site: { name, timeZone }, rooms: rooms.map(({ room }) => room) }
}

/**
 * By id, without revoked devices.
 *
 * @param ids of the devices that are wanted; null: all
 */
export async function wallRooms(sql: Sql, ids: string[] | null): Promise<SeenRoom[]> {
    return roomsOf(sql, await readSite(sql), ids)
}

async function roomsOf(sql: Sql, site: Site, ids: string[] | null): Promise<SeenRoom[]> {
    const devices = await wallDevices(sql, ids)
    const keys = devices.map(({ key }) => key)
    const latest = await latestAir(sql, keys)
    const isWithoutCo2 = (key: number) => latest.get(key)?.co2Ppm === null && latest.get(key)?.eco2Ppm !== null
    const measured = await withCo2(sql, keys.filter(isWithoutCo2))
    const trends = await trendMeans(sql, keys)
    const rooms = devices.map(device => {
        const isEstimated = isWithoutCo2(device.key) && !measured.has(device.key)
        return withAir(device, site, latest.get(device.key), isEstimated, trends.get(device.key))
    })
    const since = await badSince(sql, rooms.flatMap(badAir))
    return rooms.map(({ device: { key, lastSeenAt }, room }) => {
        room.levelSince = since.get(key) ?? null
        return { room, lastSeenAt }
    })
}

type WallDevice = Awaited<ReturnType<typeof wallDevices>>[number]

async function wallDevices(sql: Sql, ids: string[] | null) {
    if (ids?.length === 0) return []
    const all = sql
        .selectFrom("devices")
        .leftJoin("rhythms", "rhythms.device", "devices.key")
        .leftJoin("statuses", "statuses.device", "devices.key")
        .select(["key", "id", "name", "lastSeenAt", "newestAt", "postEveryS", "status"])
        .where("revokedAt", "is", null)
        .orderBy("id")
    const devices = await (ids === null ? all : all.where("id", "in", ids)).execute()
    const settings = await sql.selectFrom("settings").selectAll().execute()
    const applied = new Map(settings.map(row => [row.device, appliedOf(settingsOf(row))]))
    return devices.map(device => ({
        ...device,
        silentAfterS: silentAfterS(applied.get(device.key) ?? {}, device.postEveryS, MIN_SILENT_S),
    }))
}

interface RoomOfDevice {
    device: WallDevice
    room: WallRoom
}

function withAir(
    device: WallDevice,
    site: Site,
    latest: QuantityValues | undefined,
    estimated: boolean,
    means: Means | undefined,
): RoomOfDevice {
    const { id, name, newestAt: at, lastSeenAt } = device
    const limits = limitsOf(site, id)
    const ppm = (estimated ? latest?.eco2Ppm : latest?.co2Ppm) ?? null
    const room = {
        id,
        name,
        group: groupOf(site, id),
        limits,
        at,
        ppm,
        estimated,
        temperatureC: latest?.temperatureC ?? null,
        humidityRh: latest?.humidityRh ?? null,
        trendPpm: ppm === null || means === undefined ? null : trendPpm(estimated ? means.eco2 : means.co2),
        level: levelOf(ppm, limits),
        levelSince: null,
        silentFrom: lastSeenAt === null ? null : lastSeenAt + device.silentAfterS,
        sensorFailed: hasFailed(device.status),
    }
    return { device, room }
}

/** What is to be found out about bad air; nothing about good. */
function badAir({ device, room }: RoomOfDevice): BadAir[] {
    const { key, silentAfterS: maxPauseS } = device
    const { at, level, limits, estimated: isEstimated } = room
    if (at === null || level === null || level === "good") return []
    return [{ key, newestAt: at, isEstimated, maxPauseS, fromPpm: level === "poor" ? limits.poorPpm : limits.fairPpm }]
}

/** @param status JSON of the table */
function hasFailed(status: string | null): boolean {
    if (status === null) return false
    const { sensors = {} } = statusOf({ device: 0, at: 0, status, unread: "[]" })
    return Object.values(sensors).some(sensor => sensorFault(sensor) !== undefined)
}
