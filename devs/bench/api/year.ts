/** A database of 40 devices with a reading a minute for a year: 21 million readings, stored as posts are. */
import { existsSync, renameSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { addDevice } from "../../api/device-registry.ts"
import type { Database } from "../../api/store/database.ts"
import { openDatabase } from "../../api/store/open.ts"
import type { TimedBatch } from "../../api/store/records.ts"
import { SCHEMA_VERSION } from "../../api/store/schema.ts"
import { valuesAt } from "./device-posts.ts"

const DAY_S = 86_400
const STEP_S = 60
const READINGS_A_DAY = DAY_S / STEP_S

/** The overview shows the last 7 days: a file that is older has little of them. */
const MAX_AGE_MS = 2 * DAY_S * 1000

export interface Year {
    file: string
    devices: string[]
    readings: number
    /** end of the newest reading of each device, Unix seconds */
    endS: number
}

export interface YearSize {
    devices: number
    days: number
}

export const WHOLE_YEAR: YearSize = { devices: 40, days: 365 }

/**
 * Makes the database in the folder for temporary files, or takes the one that is there, which was made at most two
 * days ago.
 *
 * @param onProgress called with the share that is done, from 0 to 1
 */
export async function yearDatabase(size: YearSize, onProgress: (done: number) => void): Promise<Year> {
    const name = `airpin-bench-${size.devices}x${size.days}-v${SCHEMA_VERSION}.db`
    const file = path.join(tmpdir(), name)
    const isFresh = existsSync(file) && Date.now() - statSync(file).birthtimeMs < MAX_AGE_MS
    if (!isFresh) await make(file, size, onProgress)
    const db = await openDatabase(file)
    try {
        const rows = await db.sql.selectFrom("devices").select(["id", "newestAt"]).orderBy("key").execute()
        const readings = size.devices * size.days * READINGS_A_DAY
        return { file, devices: rows.map(({ id }) => id), readings, endS: rows[0]?.newestAt ?? 0 }
    } finally {
        await db.close()
    }
}

async function make(file: string, size: YearSize, onProgress: (done: number) => void): Promise<void> {
    const partial = `${file}.part`
    for (const old of [partial, file]) for (const suffix of ["", "-wal", "-shm"]) rmSync(old + suffix, { force: true })
    const db = await openDatabase(partial)
    try {
        await fillYear(db, size, Math.floor(Date.now() / 1000), onProgress)
    } finally {
        await db.close()
    }
    renameSync(partial, file)
    for (const suffix of ["-wal", "-shm"]) rmSync(partial + suffix, { force: true })
}

/** Stores the readings of the days up to a time, Unix seconds; a day of all devices in a commit. */
export async function fillYear(
    db: Database,
    { devices, days }: YearSize,
    endS: number,
    onProgress: (done: number) => void = () => undefined,
): Promise<void> {
    const ids = Array.from({ length: devices }, (_, at) => `room-${at + 1}`)
    const startS = Math.floor(endS / STEP_S) * STEP_S - days * DAY_S
    for (const id of ids) await addDevice(db, { id, createdAt: startS })
    // kept for ever: the measurements are over all of it
    await db.sql.updateTable("devices").set({ rawDays: 0, fiveMinuteDays: 0 }).execute()
    for (let day = 0; day < days; day++) {
        const seenAt = startS + (day + 1) * DAY_S
        const posts = ids.map(device => ({
            device,
            batch: dayBatch(`${device}-boot`, day, startS),
            seenAt,
            bytes: 0,
            reported: { status: { uptimeS: (day + 1) * DAY_S }, unread: [] },
        }))
        await db.append(posts)
        onProgress((day + 1) / days)
    }
}

function dayBatch(boot: string, day: number, startS: number): TimedBatch {
    const seq = day * READINGS_A_DAY + 1
    const values = Array.from({ length: READINGS_A_DAY }, (_, at) => ({
        ...valuesAt(seq + at),
        eco2Ppm: null,
        tvocPpb: null,
    }))
    return { boot, seq, time: startS + seq * STEP_S, step: STEP_S, lost: 0, values }
}
