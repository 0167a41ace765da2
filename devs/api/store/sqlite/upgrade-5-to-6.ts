/**
 * Upgrades the tables of version 5 to version 6, in the transaction that the caller has begun. Version 5 keyed readings
 * by (boot, seq) and stored them as REAL; version 6 keys them by device and time and stores whole numbers. Tables that
 * later versions added are empty.
 *
 * Files of versions 2 to 4 come here with their tables of version 5 but without `hours`, which is computed anew.
 */
import type { DatabaseSyncInstance } from "@photostructure/sqlite"
import { quantities } from "../../../../src/wire.ts"
import { lossNames } from "../records.ts"

/** Readings are copied in steps of at most so many days, which end with a day (UTC), so that each roll-up is in one. */
const STEP_DAYS = 30
const DAY_S = 86_400

/** Every table of version 5; those that refer to others come first. */
const formerTables = ["readings", "boots", "statuses", "starts", "settings", "devices", "clock"]

const roll = [
    { table: "fiveMinutes", lengthS: 300 },
    { table: "hours", lengthS: 3600 },
    { table: "days", lengthS: DAY_S },
] as const

/** A quantity's column in version 6, and how many of its units make one unit of version 5. */
const columns = quantities().map(({ name, decimals }) => ({
    former: name,
    name: decimals === 0 ? name : `${name}${10 ** decimals}`,
    scale: 10 ** decimals,
}))

/** Called often with the share that is done, from 0 to 1. */
export type OnProgress = (done: number) => void

/**
 * @param createTables SQL that creates the tables of version 6 and later
 * @throws errors of SQLite as they are
 */
export function upgradeFrom5To6(database: DatabaseSyncInstance, createTables: string, onProgress: OnProgress): void {
    database.exec("DROP TABLE IF EXISTS hours; CREATE INDEX IF NOT EXISTS readingsByTime ON readings (device, time)")
    for (const table of formerTables) database.exec(`ALTER TABLE ${table} RENAME TO former_${table}`)
    database.exec(createTables)
    copyDevices(database)
    copyReadings(database, onProgress)
    database.exec("UPDATE devices SET newestAt = (SELECT max(time) FROM readings WHERE device = devices.key)")
    for (const table of formerTables) database.exec(`DROP TABLE former_${table}`)
}

function copyDevices(database: DatabaseSyncInstance): void {
    const losses = lossNames.join(", ")
    const totals = lossNames.map(name => `coalesce(${name === "timeUncertaintyS" ? "max" : "sum"}(b.${name}), 0)`)
    database.exec(`
        INSERT INTO devices (key, id, name, tokenSha256, createdAt, revokedAt, lastSeenAt, boots, usageDay, usageBoots,
            usageBytes, ${losses})
        SELECT d.key, d.id, d.name, d.tokenSha256, d.createdAt, d.revokedAt, d.lastSeenAt, count(b.key), 0, 0, 0,
            ${totals.join(", ")}
        FROM former_devices AS d LEFT JOIN former_boots AS b ON b.device = d.key GROUP BY d.key;

        CREATE TEMP TABLE bootNumbers (key INTEGER PRIMARY KEY, device INTEGER NOT NULL, boot INTEGER NOT NULL);
        INSERT INTO bootNumbers
        SELECT key, device, row_number() OVER (PARTITION BY device ORDER BY key) FROM former_boots;

        INSERT INTO boots (device, boot, id, ${losses})
        SELECT device, n.boot, id, ${losses} FROM former_boots JOIN bootNumbers AS n USING (key, device);

        INSERT INTO statuses (device, at, status, unread) SELECT device, at, status, unread FROM former_statuses;
        INSERT INTO starts (device, restartReason, count) SELECT device, restartReason, count FROM former_starts;
        INSERT INTO settings (device, revision, setAt, desired, appliedRevision, appliedAt, refused)
        SELECT device, revision, setAt, desired, appliedRevision, appliedAt, refused FROM former_settings;
        INSERT INTO state (name, value) SELECT 'storedAt', storedAt FROM former_clock LIMIT 1;`)
}

/** Copies the readings, and computes the ranges of sequence numbers and the roll-ups. */
function copyReadings(database: DatabaseSyncInstance, onProgress: OnProgress): void {
    // received: a boot's sequence numbers without their rank among the stored ones are equal within a range
    const received = database.prepare(`
        INSERT INTO received (device, boot, firstSeq, lastSeq)
        SELECT n.device, n.boot, min(seq), max(seq)
        FROM (SELECT seq, seq - row_number() OVER (ORDER BY seq) AS range FROM former_readings WHERE boot = :key)
        CROSS JOIN bootNumbers AS n ON n.key = :key GROUP BY range ORDER BY 3`)
    const readings = database.prepare(`
        INSERT INTO readings (device, time, boot, seq, ${columns.map(({ name }) => name).join(", ")})
        SELECT r.device, r.time, n.boot, r.seq, ${columns.map(scaled).join(", ")}
        FROM former_readings AS r INDEXED BY readingsByTime CROSS JOIN bootNumbers AS n ON n.key = r.boot
        WHERE r.device = :device AND r.time > :after AND r.time <= :to
        ORDER BY r.device, r.time, r.boot, r.seq`)
    const rollUps = roll.map(({ table, lengthS }, at) =>
        database.prepare(rollUpSql(table, lengthS, roll[at - 1]?.table)),
    )
    const next = database.prepare(
        "SELECT min(time) AS time FROM former_readings WHERE device = :device AND time > :after",
    )

    // each reading counts twice: for the ranges, and for its copy
    const total = 2 * numberOf(database.prepare("SELECT count(*) AS count FROM former_readings").get(), "count")
    let done = 0
    const report = (more: number) => onProgress((done += more) / Math.max(1, total))

    for (const { key } of database.prepare("SELECT key FROM bootNumbers ORDER BY key").all()) {
        received.run({ key })
        const ofBoot = "SELECT count(*) AS count FROM former_readings WHERE boot = ?"
        report(numberOf(database.prepare(ofBoot).get(key), "count"))
    }
    for (const { key: device } of database.prepare("SELECT key FROM devices ORDER BY key").all()) {
        for (let after = -1; ; ) {
            const time: unknown = next.get({ device, after })?.time
            if (typeof time !== "number") break
            after = (Math.ceil(time / DAY_S) - 1) * DAY_S
            const step = { device, after, to: after + STEP_DAYS * DAY_S }
            const { changes } = readings.run(step)
            for (const rollUp of rollUps) rollUp.run(step)
            after = step.to
            report(changes)
        }
    }
    database.exec("DROP TABLE bootNumbers")
}

/** A reading's value in the units of version 6; REAL holds each decimal of 15 digits, so rounding restores it. */
function scaled({ former, scale }: { former: string; scale: number }): string {
    return scale === 1 ? `CAST(round(r.${former}) AS INTEGER)` : `CAST(round(r.${former} * ${scale}) AS INTEGER)`
}

/** SQL that fills a table of sums from the readings, or from the table of shorter sums. */
function rollUpSql(table: string, lengthS: number, from?: string): string {
    const sums = columns.map(({ name }) =>
        from ? `sum(${name}Count), sum(${name}Sum)` : `count(${name}), coalesce(sum(${name}), 0)`,
    )
    return `
        INSERT INTO ${table} (device, time, count, ${columns.map(({ name }) => `${name}Count, ${name}Sum`).join(", ")},
            co2PpmMin, co2PpmMax)
        SELECT device, (time + ${lengthS - 1}) / ${lengthS} * ${lengthS} AS until, ${from ? "sum(count)" : "count(*)"},
            ${sums.join(", ")}, min(${from ? "co2PpmMin" : "co2Ppm"}), max(${from ? "co2PpmMax" : "co2Ppm"})
        FROM ${from ?? "readings"}
        WHERE device = :device AND time > :after AND time <= :to GROUP BY until ORDER BY until`
}

function numberOf(row: Record<string, unknown> | undefined, name: string): number {
    return Number(row?.[name] ?? 0)
}
