import type { DatabaseSyncInstance, StatementSyncInstance } from "@photostructure/sqlite"
import { quantities } from "../../../src/wire.ts"
import { quantityNames, type Values } from "../quantities.ts"

/** A row of the readings table; `bootKey` places it among readings of the same second. */
export type ReadingRow = Values & { time: number; boot: string; seq: number; bootKey: number }

export type Statements = ReturnType<typeof prepareStatements>

const columns = quantityNames.join(", ")

const ofBoots = (value: string, name: string) =>
    `(SELECT coalesce(${value}, 0) FROM boots WHERE boots.device = devices.key) AS ${name}`

const deviceColumns = `
    id, name, createdAt, revokedAt, lastSeenAt,
    ${["lost", "rejected", "undated", "damaged", "gap"].map(name => ofBoots(`sum(${name})`, name)).join(", ")},
    ${ofBoots("max(timeUncertaintyS)", "timeUncertaintyS")}`

const lossColumns = ["lost", "rejected", "undated", "damaged", "gap", "timeUncertaintyS"]

const ofDevice = "readings.device = (SELECT key FROM devices WHERE id = :id)"

// CROSS JOIN keeps readings the outer loop, so that the index on time gives the order
const readingSelect = `
    SELECT time, boots.id AS boot, seq, ${columns}, readings.boot AS bootKey
    FROM readings CROSS JOIN boots ON boots.key = readings.boot
    WHERE ${ofDevice}`

const means = quantities.map(({ name, decimals }) => `round(avg(${name}), ${decimals}) AS ${name}`).join(", ")

/** Every statement of the store, compiled once. Parameters are named; none is ever put into the text. */
export function prepareStatements(database: DatabaseSyncInstance) {
    const prepare = (sql: string): StatementSyncInstance => database.prepare(sql)
    return {
        addDevice: prepare(`
            INSERT INTO devices (id, name, tokenSha256, createdAt)
            VALUES (:id, :name, :tokenSha256, :createdAt) ON CONFLICT (id) DO NOTHING`),
        devices: prepare(`SELECT ${deviceColumns} FROM devices ORDER BY id`),
        device: prepare(`SELECT ${deviceColumns} FROM devices WHERE id = :id`),
        deviceOfToken: prepare(`SELECT ${deviceColumns} FROM devices WHERE tokenSha256 = :tokenSha256`),
        deviceKey: prepare("SELECT key FROM devices WHERE id = :id"),
        revokeDevice: prepare("UPDATE devices SET revokedAt = coalesce(revokedAt, :revokedAt) WHERE id = :id"),
        knowsBoot: prepare("SELECT 1 FROM boots WHERE device = :device AND id = :id"),
        // with any further condition SQLite reads all readings of the device in place of the last
        lastEnd: prepare("SELECT max(time) AS time FROM readings WHERE device = :device"),
        saveBoot: prepare(`
            INSERT INTO boots (device, id, ${lossColumns.join(", ")}) VALUES (:device, :id, ${lossColumns.map(name => `:${name}`).join(", ")})
            ON CONFLICT (device, id) DO UPDATE SET ${lossColumns.map(name => `${name} = max(${name}, excluded.${name})`).join(", ")}
            RETURNING key`),
        bootLosses: prepare(`
            SELECT id, ${lossColumns.join(", ")} FROM boots
            WHERE device = (SELECT key FROM devices WHERE id = :id) ORDER BY key`),
        insertReading: prepare(`
            INSERT INTO readings (device, boot, seq, time, ${columns})
            VALUES (:device, :boot, :seq, :time, ${quantityNames.map(name => `:${name}`).join(", ")})
            ON CONFLICT (boot, seq) DO NOTHING`),
        seen: prepare("UPDATE devices SET lastSeenAt = :seenAt WHERE key = :device"),
        latest: prepare(`${readingSelect} ORDER BY time DESC, readings.boot DESC, seq DESC LIMIT 1`),
        readings: prepare(`${readingSelect}
            AND time BETWEEN :from AND :to AND (time, readings.boot, seq) > (:time, :boot, :seq)
            ORDER BY time, readings.boot, seq LIMIT :limit`),
        means: prepare(`
            SELECT (time + :step - 1) / :step * :step AS time, count(*) AS count, ${means}
            FROM readings WHERE ${ofDevice} AND readings.time BETWEEN :from AND :to
            GROUP BY 1 ORDER BY 1`),
        statusOf: prepare("SELECT at, status, unread FROM statuses WHERE device = :device"),
        saveStatus: prepare(`
            INSERT INTO statuses (device, at, status, unread) VALUES (:device, :at, :status, :unread)
            ON CONFLICT (device) DO UPDATE SET at = excluded.at, status = excluded.status, unread = excluded.unread`),
        boots: prepare("SELECT count(*) AS count FROM boots WHERE device = :device"),
        starts: prepare("SELECT restartReason, count FROM starts WHERE device = :device ORDER BY restartReason"),
        countStart: prepare(`
            INSERT INTO starts (device, restartReason, count) VALUES (:device, :restartReason, 1)
            ON CONFLICT (device, restartReason) DO UPDATE SET count = count + 1`),
        settingsOf: prepare(
            "SELECT revision, setAt, desired, appliedRevision, appliedAt, refused FROM settings WHERE device = :device",
        ),
        setDesired: prepare(`
            INSERT INTO settings (device, revision, setAt, desired) VALUES (:device, :revision, :setAt, :desired)
            ON CONFLICT (device) DO UPDATE SET revision = excluded.revision, setAt = excluded.setAt, desired = excluded.desired`),
        saveReceipt: prepare(`
            UPDATE settings SET appliedRevision = :revision, appliedAt = :at, refused = :refused
            WHERE device = :device AND appliedRevision IS NOT :revision`),
    }
}
