/** A year of readings, written by SQL: a post for each would take minutes. */
import { DatabaseSync } from "@photostructure/sqlite"
import { quantityColumns } from "../../../devs/api/store/quantity-columns.ts"
import { rollUpNames, rollUpSeconds } from "../../../devs/api/store/roll-ups.ts"

const YEAR_MINUTES = 525_600
/** Readings of a boot: 20 days. */
const BOOT_MINUTES = 28_800

/** Expressions of the minute `i` of the year. */
const values = [
    "420 + i * 7919 % 900",
    "CASE WHEN i % 3 THEN 400 + i % 500 END",
    "i % 600",
    "1500 + i % 1500",
    "i % 9999",
]

/**
 * Stores a reading a minute and the roll-ups of a year, for every device of a file that nobody has open.
 *
 * @param endS end of the last reading, Unix seconds, a whole minute
 */
export function writeYears(file: string, endS: number): void {
    const database = new DatabaseSync(file)
    // nothing is lost by a power cut: the file is made anew
    database.exec("PRAGMA synchronous = OFF; PRAGMA cache_size = -65536")
    const startS = endS - (YEAR_MINUTES - 1) * 60
    for (const { key } of database.prepare("SELECT key FROM devices").all())
        database.exec(`BEGIN;
            WITH RECURSIVE n AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM n WHERE i < ${YEAR_MINUTES - 1})
            INSERT INTO readings (device, time, boot, seq, ${quantityColumns.join(", ")})
            SELECT ${key}, ${startS} + 60 * i, 1 + i / ${BOOT_MINUTES}, 1 + i % ${BOOT_MINUTES}, ${values.join(", ")} FROM n;
            INSERT INTO received SELECT device, boot, min(seq), max(seq) FROM readings WHERE device = ${key} GROUP BY boot;
            INSERT INTO boots SELECT device, boot, 'year-' || boot, 0, 0, 0, 0, 0, 0 FROM received WHERE device = ${key};
            ${rollUpNames.map(name => rollUpSql(name, rollUpSeconds[name], key)).join(";\n")};
            UPDATE devices SET boots = ${Math.ceil(YEAR_MINUTES / BOOT_MINUTES)}, newestAt = ${endS}, lastSeenAt = ${endS} WHERE key = ${key};
            COMMIT`)
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
}

function rollUpSql(table: string, lengthS: number, device: number): string {
    const names = quantityColumns.flatMap(name => [`${name}Count`, `${name}Sum`])
    const sums = quantityColumns.map(name => `count(${name}), coalesce(sum(${name}), 0)`)
    return `INSERT INTO ${table} (device, time, count, ${names.join(", ")}, co2PpmMin, co2PpmMax)
        SELECT device, (time + ${lengthS - 1}) / ${lengthS} * ${lengthS} AS until, count(*), ${sums.join(", ")}, min(co2Ppm), max(co2Ppm)
        FROM readings WHERE device = ${device} GROUP BY until`
}
