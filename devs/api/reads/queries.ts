/**
 * What the read routes ask of the database. Arguments and results are plain data,
 * because on SQLite a query runs in another thread; long results are text, which is
 * ready to be sent.
 */
import type { RoomEvents } from "../insights/records.ts"
import { roomEvents } from "../insights/room-events.ts"
import { schoolMonth } from "../school/month.ts"
import type { SchoolMonth, SchoolWeek } from "../school/records.ts"
import { dateAt, mondayOf } from "../school/school-days.ts"
import { schoolWeek } from "../school/week.ts"
import { readSite } from "../site/site-store.ts"
import type { Sql } from "../store/database.ts"
import { knownDevice } from "../store/devices.ts"
import { meansText } from "../store/means-text.ts"
import { latestReadings } from "../store/readings.ts"
import { readingPageText } from "../store/readings-text.ts"
import type { Reading, TimeRange } from "../store/records.ts"
import { wall, wallRooms } from "../wall/rooms.ts"
import { type DeviceMark, deviceMarks, devicesById, wallMarks } from "./device-marks.ts"
import { type ExportChunk, type ExportRequest, exportChunk } from "./exports/export-chunk.ts"
import { roomDevice, roomDevices } from "./room-devices.ts"

/** Rows in one page of JSON: a week of one per minute, about 1 MB. */
export const MAX_ROWS = 10_000

interface OfDevice {
    id: string
}

export const queries = {
    /** @param nowS Unix seconds; ages count back from here */
    devices(sql: Sql, { nowS }: { nowS: number }) {
        return roomDevices(sql, nowS)
    },

    /** @throws AirpinError DEVICE_UNKNOWN, as all below */
    device(sql: Sql, { id, nowS }: OfDevice & { nowS: number }) {
        return roomDevice(sql, id, nowS)
    },

    async latest(sql: Sql, { id, nowS }: OfDevice & { nowS: number }) {
        const { lost } = await knownDevice(sql, id)
        const latest = (await latestReadings(sql, id)).get(id)
        return { device: id, lost, latest: latest ? { ...latest, age: nowS - latest.time } : null }
    },

    /**
     * A page of readings as JSON.
     *
     * @throws AirpinError AFTER_INVALID
     */
    async readings(
        sql: Sql,
        { id, range, after }: OfDevice & { range: TimeRange; after?: string | undefined },
    ): Promise<string> {
        const { readings, next } = await readingPageText(sql, id, range, MAX_ROWS, after)
        return pageText(id, range, readings, next)
    },

    /**
     * Means as JSON.
     *
     * @throws AirpinError RANGE_TOO_LONG
     */
    async means(sql: Sql, { id, range, step }: OfDevice & { range: TimeRange; step: number }): Promise<string> {
        return pageText(id, range, await meansText(sql, id, range, step), null)
    },

    /** A part of an export. */
    exportChunk(sql: Sql, request: ExportRequest): Promise<ExportChunk> {
        return exportChunk(sql, request)
    },

    /** The newest reading of a device; null if there is none, or no such device. */
    async latestOf(sql: Sql, { id }: OfDevice): Promise<Reading | null> {
        return (await latestReadings(sql, id)).get(id) ?? null
    },

    marks(sql: Sql, _none: object): Promise<DeviceMark[]> {
        return deviceMarks(sql)
    },

    devicesById(sql: Sql, { ids, nowS }: { ids: string[]; nowS: number }) {
        return devicesById(sql, ids, nowS)
    },

    /** @param id of the only device to be shown; null: every device */
    wall(sql: Sql, { id, nowS }: { id: string | null; nowS: number }) {
        return wall(sql, { id, nowS })
    },

    /** @param ids of the devices to be shown; null: every device */
    wallRooms(sql: Sql, { ids }: { ids: string[] | null }) {
        return wallRooms(sql, ids)
    },

    /** @param from a local date in the week; the current week when absent */
    async schoolWeek(sql: Sql, { from, nowS }: { from?: string | undefined; nowS: number }): Promise<SchoolWeek> {
        const site = await readSite(sql)
        return schoolWeek(sql, site, mondayOf(from ?? dateAt(nowS, site.timeZone)))
    },

    /** @param month like 2026-11; the current one when absent */
    async schoolMonth(sql: Sql, { month, nowS }: { month?: string | undefined; nowS: number }): Promise<SchoolMonth> {
        const site = await readSite(sql)
        return schoolMonth(sql, site, month ?? dateAt(nowS, site.timeZone).slice(0, 7), nowS)
    },

    roomEvents(sql: Sql, { id, range, nowS }: OfDevice & { range: TimeRange; nowS: number }): Promise<RoomEvents> {
        return roomEvents(sql, id, range, nowS)
    },

    wallMarks(sql: Sql, _none: object): Promise<DeviceMark[]> {
        return wallMarks(sql)
    },

    /** Checks that the device exists. */
    async known(sql: Sql, { id }: OfDevice): Promise<void> {
        await knownDevice(sql, id)
    },
}

/** @param readings text of a JSON array */
function pageText(id: string, range: TimeRange, readings: string, next: string | null): string {
    const head = JSON.stringify({ device: id, from: range.from, to: range.to }).slice(0, -1)
    return `${head},"readings":${readings},"next":${JSON.stringify(next)}}`
}

export type Queries = typeof queries
export type QueryName = keyof Queries
export type QueryArguments<Name extends QueryName> = Parameters<Queries[Name]>[1]
export type QueryResult<Name extends QueryName> = Awaited<ReturnType<Queries[Name]>>
