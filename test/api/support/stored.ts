import { AirpinError } from "../../../certs/error.ts"
import type { Database } from "../../../devs/api/store/database.ts"
import { deviceStates } from "../../../devs/api/store/device-views.ts"
import { bootLosses, knownDevice, listDevices } from "../../../devs/api/store/devices.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { latestReadings, lowestCo2, meanReadings, readingPage } from "../../../devs/api/store/readings.ts"
import type { Appended, ReportedStatus, TimedBatch, TimeRange } from "../../../devs/api/store/records.ts"
import { readStoredAt } from "../../../devs/api/store/stored-at.ts"

/** What a test asks of a database, one device at a time. */
export function storedIn(db: Database) {
    return {
        async append(
            device: string,
            batch: TimedBatch,
            seenAt: number,
            reported?: ReportedStatus,
            bytes = 100,
        ): Promise<Appended> {
            const [result] = await db.append([{ device, batch, seenAt, bytes, reported }])
            if (result === undefined || result instanceof AirpinError) throw result
            return result
        },
        device: (id: string) => knownDevice(db.sql, id),
        devices: () => listDevices(db.sql),
        deviceState: async (id: string) => (await deviceStates(db.sql, id)).get(id),
        bootLosses: (id: string) => bootLosses(db.sql, id),
        latest: async (id: string) => (await latestReadings(db.sql, id)).get(id),
        readings: (id: string, range: TimeRange, limit: number, after?: string) =>
            readingPage(db.sql, id, range, limit, after),
        means: (id: string, range: TimeRange, step: number) => meanReadings(db.sql, id, range, step),
        lowestCo2: async (id: string, from: number) => (await lowestCo2(db.sql, from, id)).get(id) ?? null,
        storedAt: () => readStoredAt(db),
        check: () => db.check(),
    }
}

export type Stored = ReturnType<typeof storedIn>

/** A database file, opened by a test of its own; `close` closes it. */
export async function openStored(file: string) {
    const db = await openDatabase(file)
    return { ...storedIn(db), db, close: () => db.close() }
}
