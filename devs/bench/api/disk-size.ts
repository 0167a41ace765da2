/** Bytes that a reading takes on the disk, stored as devices send them: batches of five, from many devices in turn. */
import { sql as text } from "kysely"
import { addDevice } from "../../api/device-registry.ts"
import type { Database } from "../../api/store/database.ts"
import { openDatabase } from "../../api/store/open.ts"
import { valuesAt } from "./device-posts.ts"

const DEVICES = 40
const DAYS = 5
const BATCH = 5
const STEP_S = 60
const READINGS = (DEVICES * DAYS * 86_400) / STEP_S

/** Bytes a reading, each with the free space in its pages. */
export interface DiskSize {
    name: string
    readings: number
    raw: number
    /** sums of 5 minutes, hours and days */
    rolledUp: number
    /** all of the database that grows with the readings, and what does not: devices, statuses, free pages */
    all: number
}

/** @param place a new file, or the URL of an empty database */
export async function measureDiskSize(
    name: string,
    place: string,
    onProgress: (done: number) => void,
): Promise<DiskSize> {
    const db = await openDatabase(place)
    try {
        await store(db, onProgress)
        const sizes = db.kind === "sqlite" ? await sqliteSizes(db) : await postgresSizes(db)
        const sumOf = (isPart: (table: string) => boolean) =>
            sizes.filter(({ table }) => isPart(table)).reduce((sum, { bytes }) => sum + Number(bytes), 0) / READINGS
        return {
            name,
            readings: READINGS,
            raw: sumOf(table => table.startsWith("readings")),
            rolledUp: sumOf(table => /^(fiveMinutes|hours|days)/.test(table)),
            all: sumOf(() => true),
        }
    } finally {
        await db.close()
    }
}

async function store(db: Database, onProgress: (done: number) => void): Promise<void> {
    const startS = Math.floor(Date.now() / 1000) - DAYS * 86_400
    const ids = Array.from({ length: DEVICES }, (_, at) => `room-${at + 1}`)
    for (const id of ids) await addDevice(db, { id, createdAt: startS })
    const batches = (DAYS * 86_400) / STEP_S / BATCH
    for (let at = 0; at < batches; at++) {
        const seq = at * BATCH + 1
        const values = Array.from({ length: BATCH }, (_, index) => ({
            ...valuesAt(seq + index),
            eco2Ppm: null,
            tvocPpb: null,
        }))
        const time = startS + seq * STEP_S
        const reported = { status: { uptimeS: seq * STEP_S, rssi: -61, sensors: { scd41: {} } }, unread: [] }
        const batch = { boot: "boot-0123456789", seq, time, step: STEP_S, lost: 0, values }
        await db.append(ids.map(device => ({ device, batch, seenAt: time, bytes: 0, reported })))
        onProgress((at + 1) / batches)
    }
}

interface TableSize {
    table: string
    bytes: number | string
}

async function sqliteSizes(db: Database): Promise<TableSize[]> {
    const query = text<TableSize>`SELECT name AS "table", sum(pgsize) AS bytes FROM dbstat GROUP BY name`
    return (await query.execute(db.sql)).rows
}

/** With their indexes. */
async function postgresSizes(db: Database): Promise<TableSize[]> {
    const query = text<TableSize>`
        SELECT relname AS "table", pg_total_relation_size(c.oid) AS bytes
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind = 'r' AND nspname = current_schema()`
    return (await query.execute(db.sql)).rows
}
