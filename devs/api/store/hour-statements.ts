/** Statements on the sums over hours: see `hours.ts`. */
import type { DatabaseSyncInstance } from "@photostructure/sqlite"
import { quantities } from "../../../src/wire.ts"
import { countColumn, type HourSums, type RangeByHours, sumColumn } from "./hours.ts"
import { Change, Query } from "./query.ts"
import { type LowestCo2, type MeanReading, quantityNames } from "./records.ts"

const sums = quantityNames.flatMap(name => [countColumn(name), sumColumn(name)])
const columns = ["device", "time", "count", ...sums, "co2PpmMin"]

const ofDevice = "device = (SELECT key FROM devices WHERE id = :id)"
const ofReading = quantityNames.flatMap(name => [`${name} IS NOT NULL`, `coalesce(${name}, 0)`]).join(", ")
const means = quantities()
    .map(({ name, decimals }) => `round(sum(${sumColumn(name)}) / sum(${countColumn(name)}), ${decimals}) AS ${name}`)
    .join(", ")

const readingsBetween = (from: string, to: string) =>
    `SELECT time, 1, ${ofReading} FROM readings WHERE ${ofDevice} AND time BETWEEN :${from} AND :${to}`

export function hourStatements(database: DatabaseSyncInstance) {
    return {
        addToHour: new Change<HourSums & { device: number }>(
            database,
            `INSERT INTO hours (${columns.join(", ")}) VALUES (${columns.map(name => `:${name}`).join(", ")})
            ON CONFLICT (device, time) DO UPDATE
            SET ${["count", ...sums].map(name => `${name} = ${name} + excluded.${name}`).join(", ")},
                co2PpmMin = min(coalesce(co2PpmMin, excluded.co2PpmMin), coalesce(excluded.co2PpmMin, co2PpmMin))`,
        ),
        // whole hours from their sums, the seconds before and after them from the readings
        hourMeans: new Query<RangeByHours & { id: string; step: number }, MeanReading>(
            database,
            `WITH parts AS (
                SELECT time, count, ${sums.join(", ")} FROM hours
                WHERE ${ofDevice} AND time BETWEEN :firstHour AND :lastHour
                UNION ALL ${readingsBetween("headFrom", "headTo")}
                UNION ALL ${readingsBetween("tailFrom", "tailTo")}
            )
            SELECT (time + :step - 1) / :step * :step AS time, sum(count) AS count, ${means}
            FROM parts GROUP BY 1 ORDER BY 1`,
            ["time", "count", ...quantityNames],
        ),
        // SQLite takes `time` from the row that has the minimum (https://sqlite.org/lang_select.html#bareagg)
        lowestCo2: new Query<{ device: number; from: number }, { [Key in keyof LowestCo2]: LowestCo2[Key] | null }>(
            database,
            `SELECT min(co2PpmMin) AS ppm, time AS at, count(*) AS hours FROM hours
            WHERE device = :device AND time > :from AND co2PpmMin IS NOT NULL`,
            ["ppm", "at", "hours"],
        ),
        clock: new Query<object, { storedAt: number }>(database, "SELECT storedAt FROM clock", ["storedAt"]),
        addClock: new Change<{ storedAt: number }>(database, "INSERT INTO clock (storedAt) VALUES (:storedAt)"),
        saveClock: new Change<{ storedAt: number }>(database, "UPDATE clock SET storedAt = :storedAt"),
    }
}
