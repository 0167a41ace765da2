import type { DatabaseSyncInstance } from "@photostructure/sqlite"
import { quantities } from "../../../src/wire.ts"
import { hourStatements } from "./hour-statements.ts"
import { Change, Query } from "./query.ts"
import {
    type Device,
    type Losses,
    lossNames,
    type MeanReading,
    type NewDevice,
    type QuantityValues,
    quantityNames,
    type Reading,
    type TimeRange,
} from "./records.ts"

/** `device` and `boot` without more are keys of rows; `id` is what people and devices write. */
interface ById {
    id: string
}
interface ByDevice {
    device: number
}
interface Keyed {
    key: number
}

/** A row of the readings table; `bootKey` orders readings of the same second. */
export type ReadingRow = Reading & { bootKey: number }

/** Lists and objects are JSON text. */
export interface StatusRow {
    at: number
    status: string
    unread: string
}

interface SettingsRow {
    revision: number
    setAt: number
    desired: string
    /** null together with the next two, before the first report */
    appliedRevision: number | null
    appliedAt: number | null
    refused: string | null
}

interface PageParams extends ById, TimeRange {
    /** the last reading of the page before */
    time: number
    boot: number
    seq: number
    limit: number
}

export type Statements = ReturnType<typeof prepareStatements>

const quantityColumns = quantityNames.join(", ")
const lossColumns = lossNames.join(", ")

const overBoots = (value: string, name: string) =>
    `(SELECT coalesce(${value}, 0) FROM boots WHERE boots.device = devices.key) AS ${name}`

const deviceNames = ["id", "name", "createdAt", "revokedAt", "lastSeenAt", ...lossNames] as const
const deviceSelect = `
    SELECT id, name, createdAt, revokedAt, lastSeenAt,
        ${lossNames.map(name => overBoots(`${name === "timeUncertaintyS" ? "max" : "sum"}(${name})`, name)).join(", ")}
    FROM devices`

const ofDevice = "readings.device = (SELECT key FROM devices WHERE id = :id)"

// CROSS JOIN keeps readings the outer loop, so that the index on time gives the order
const readingNames = ["time", "boot", "seq", ...quantityNames, "bootKey"] as const
const readingSelect = `
    SELECT time, boots.id AS boot, seq, ${quantityColumns}, readings.boot AS bootKey
    FROM readings CROSS JOIN boots ON boots.key = readings.boot
    WHERE ${ofDevice}`

const means = quantities()
    .map(({ name, decimals }) => `round(avg(${name}), ${decimals}) AS ${name}`)
    .join(", ")

/** Compiles every statement of the store. Values are always parameters, never part of the text. */
export function prepareStatements(database: DatabaseSyncInstance) {
    return {
        ...deviceStatements(database),
        ...readingStatements(database),
        ...hourStatements(database),
        ...stateStatements(database),
    }
}

function deviceStatements(database: DatabaseSyncInstance) {
    return {
        addDevice: new Change<NewDevice>(
            database,
            `INSERT INTO devices (id, name, tokenSha256, createdAt)
            VALUES (:id, :name, :tokenSha256, :createdAt) ON CONFLICT (id) DO NOTHING`,
        ),
        devices: new Query<object, Device>(database, `${deviceSelect} ORDER BY id`, deviceNames),
        device: new Query<ById, Device>(database, `${deviceSelect} WHERE id = :id`, deviceNames),
        deviceOfToken: new Query<{ tokenSha256: string }, Device>(
            database,
            `${deviceSelect} WHERE tokenSha256 = :tokenSha256`,
            deviceNames,
        ),
        deviceKey: new Query<ById, Keyed>(database, "SELECT key FROM devices WHERE id = :id", ["key"]),
        revokeDevice: new Change<ById & { revokedAt: number }>(
            database,
            "UPDATE devices SET revokedAt = coalesce(revokedAt, :revokedAt) WHERE id = :id",
        ),
        saveLastSeen: new Change<ByDevice & { seenAt: number }>(
            database,
            "UPDATE devices SET lastSeenAt = :seenAt WHERE key = :device",
        ),
    }
}

function readingStatements(database: DatabaseSyncInstance) {
    return {
        boot: new Query<ByDevice & ById, Keyed>(database, "SELECT key FROM boots WHERE device = :device AND id = :id", [
            "key",
        ]),
        // with any further condition SQLite reads all readings of the device instead of the last
        lastEnd: new Query<ByDevice, { time: number | null }>(
            database,
            "SELECT max(time) AS time FROM readings WHERE device = :device",
            ["time"],
        ),
        saveBoot: new Query<ByDevice & ById & Losses, Keyed>(
            database,
            `INSERT INTO boots (device, id, ${lossColumns}) VALUES (:device, :id, ${lossNames.map(name => `:${name}`).join(", ")})
            ON CONFLICT (device, id) DO UPDATE SET ${lossNames.map(name => `${name} = max(${name}, excluded.${name})`).join(", ")}
            RETURNING key`,
            ["key"],
        ),
        bootLosses: new Query<ById, Losses & ById>(
            database,
            `SELECT id, ${lossColumns} FROM boots
            WHERE device = (SELECT key FROM devices WHERE id = :id) ORDER BY key`,
            ["id", ...lossNames],
        ),
        insertReading: new Change<ByDevice & QuantityValues & { boot: number; seq: number; time: number }>(
            database,
            `INSERT INTO readings (device, boot, seq, time, ${quantityColumns})
            VALUES (:device, :boot, :seq, :time, ${quantityNames.map(name => `:${name}`).join(", ")})
            ON CONFLICT (boot, seq) DO NOTHING`,
        ),
        latest: new Query<ById, ReadingRow>(
            database,
            `${readingSelect} ORDER BY time DESC, readings.boot DESC, seq DESC LIMIT 1`,
            readingNames,
        ),
        readings: new Query<PageParams, ReadingRow>(
            database,
            `${readingSelect}
            AND time BETWEEN :from AND :to AND (time, readings.boot, seq) > (:time, :boot, :seq)
            ORDER BY time, readings.boot, seq LIMIT :limit`,
            readingNames,
        ),
        means: new Query<ById & TimeRange & { step: number }, MeanReading>(
            database,
            `SELECT (time + :step - 1) / :step * :step AS time, count(*) AS count, ${means}
            FROM readings WHERE ${ofDevice} AND readings.time BETWEEN :from AND :to
            GROUP BY 1 ORDER BY 1`,
            ["time", "count", ...quantityNames],
        ),
    }
}

function stateStatements(database: DatabaseSyncInstance) {
    return {
        lastStatus: new Query<ByDevice, StatusRow>(
            database,
            "SELECT at, status, unread FROM statuses WHERE device = :device",
            ["at", "status", "unread"],
        ),
        saveStatus: new Change<ByDevice & StatusRow>(
            database,
            `INSERT INTO statuses (device, at, status, unread) VALUES (:device, :at, :status, :unread)
            ON CONFLICT (device) DO UPDATE SET at = excluded.at, status = excluded.status, unread = excluded.unread`,
        ),
        bootCount: new Query<ByDevice, { count: number }>(
            database,
            "SELECT count(*) AS count FROM boots WHERE device = :device",
            ["count"],
        ),
        starts: new Query<ByDevice, { restartReason: string; count: number }>(
            database,
            "SELECT restartReason, count FROM starts WHERE device = :device ORDER BY restartReason",
            ["restartReason", "count"],
        ),
        countStart: new Change<ByDevice & { restartReason: string }>(
            database,
            `INSERT INTO starts (device, restartReason, count) VALUES (:device, :restartReason, 1)
            ON CONFLICT (device, restartReason) DO UPDATE SET count = count + 1`,
        ),
        settings: new Query<ByDevice, SettingsRow>(
            database,
            "SELECT revision, setAt, desired, appliedRevision, appliedAt, refused FROM settings WHERE device = :device",
            ["revision", "setAt", "desired", "appliedRevision", "appliedAt", "refused"],
        ),
        setDesired: new Change<ByDevice & { revision: number; setAt: number; desired: string }>(
            database,
            `INSERT INTO settings (device, revision, setAt, desired) VALUES (:device, :revision, :setAt, :desired)
            ON CONFLICT (device) DO UPDATE
            SET revision = excluded.revision, setAt = excluded.setAt, desired = excluded.desired`,
        ),
        saveApplied: new Change<ByDevice & { revision: number; at: number; refused: string }>(
            database,
            `UPDATE settings SET appliedRevision = :revision, appliedAt = :at, refused = :refused
            WHERE device = :device AND appliedRevision IS NOT :revision`,
        ),
    }
}
