import { DatabaseSync, type DatabaseSyncInstance } from "@photostructure/sqlite"
import { AirpinError } from "../../../certs/error.ts"
import { countColumn, HOUR_S, sumColumn } from "./hours.ts"
import { Query } from "./query.ts"
import { quantityNames } from "./records.ts"

/** How long a statement waits for another process (`airpin serve`, `airpin device add`) to release the file. */
const BUSY_TIMEOUT_MS = 1000

/** Version of the tables below, stored in the file as `user_version`. */
const SCHEMA_VERSION = 5

/**
 * REAL returns exactly the number that was sent: an IEEE double holds every
 * decimal of up to 15 digits (IEEE 754, DBL_DIG), and a reading has at most 7.
 * Points in time are whole Unix seconds.
 */
const tables = `
CREATE TABLE devices (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    tokenSha256 TEXT NOT NULL UNIQUE,
    createdAt INTEGER NOT NULL,
    revokedAt INTEGER,
    lastSeenAt INTEGER
) STRICT;
CREATE TABLE boots (
    key INTEGER PRIMARY KEY,
    device INTEGER NOT NULL REFERENCES devices (key),
    id TEXT NOT NULL,
    lost INTEGER NOT NULL,
    rejected INTEGER NOT NULL DEFAULT 0,
    undated INTEGER NOT NULL DEFAULT 0,
    damaged INTEGER NOT NULL DEFAULT 0,
    gap INTEGER NOT NULL DEFAULT 0,
    timeUncertaintyS INTEGER NOT NULL DEFAULT 0,
    UNIQUE (device, id)
) STRICT;
CREATE TABLE readings (
    device INTEGER NOT NULL REFERENCES devices (key),
    boot INTEGER NOT NULL REFERENCES boots (key),
    seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    ${quantityNames.map(name => `${name} REAL`).join(",\n    ")},
    PRIMARY KEY (boot, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX readingsByTime ON readings (device, time);
`

/** Added by version 3: last reported status, restart counts and desired settings. Lists and objects are JSON. */
const stateTables = `
CREATE TABLE statuses (
    device INTEGER PRIMARY KEY REFERENCES devices (key),
    at INTEGER NOT NULL,
    status TEXT NOT NULL,
    unread TEXT NOT NULL
) STRICT;
CREATE TABLE starts (
    device INTEGER NOT NULL REFERENCES devices (key),
    restartReason TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (device, restartReason)
) STRICT, WITHOUT ROWID;
CREATE TABLE settings (
    device INTEGER PRIMARY KEY REFERENCES devices (key),
    revision INTEGER NOT NULL,
    setAt INTEGER NOT NULL,
    desired TEXT NOT NULL,
    appliedRevision INTEGER,
    appliedAt INTEGER,
    refused TEXT
) STRICT;
`

/** Added by version 2: why readings were lost. */
const addLosses = ["rejected", "undated", "damaged", "gap", "timeUncertaintyS"]
    .map(name => `ALTER TABLE boots ADD COLUMN ${name} INTEGER NOT NULL DEFAULT 0;`)
    .join("\n")

/** Version 4 renamed columns of version 2. */
const renameLosses = `
ALTER TABLE boots RENAME COLUMN timeless TO undated;
ALTER TABLE boots RENAME COLUMN within TO timeUncertaintyS;
`

/** Keys of a status in version 3, and their names since version 4; "unfit" belongs to each sensor. */
const renamedStatusKeys = {
    up: "uptimeS",
    why: "restartReason",
    refused: "handshakeFailures",
    refusedAge: "handshakeFailureAgeS",
    trouble: "lastError",
    unfit: "selfTestFailed",
}

/** Version 4 renamed columns of version 3, and keys of its JSON. */
const renameStates = `
ALTER TABLE starts RENAME COLUMN why TO restartReason;
ALTER TABLE settings RENAME COLUMN wanted TO desired;
ALTER TABLE settings RENAME COLUMN takenRevision TO appliedRevision;
ALTER TABLE settings RENAME COLUMN takenAt TO appliedAt;
${Object.entries(renamedStatusKeys)
    .map(([before, after]) => `UPDATE statuses SET status = replace(status, '"${before}":', '"${after}":');`)
    .join("\n")}
`

const ofQuantities = (text: (name: string) => string) => quantityNames.map(text).join(", ")

/** Added by version 5: sums over hours (see `hours.ts`), and the server's time when it last stored a batch. */
const hourTables = `
CREATE TABLE hours (
    device INTEGER NOT NULL REFERENCES devices (key),
    time INTEGER NOT NULL,
    count INTEGER NOT NULL,
    ${ofQuantities(name => `${countColumn(name)} INTEGER NOT NULL, ${sumColumn(name)} REAL NOT NULL`)},
    co2PpmMin REAL,
    PRIMARY KEY (device, time)
) STRICT, WITHOUT ROWID;
CREATE TABLE clock (storedAt INTEGER NOT NULL) STRICT;
`

const fillHours = `
INSERT INTO hours (device, time, count, ${ofQuantities(name => `${countColumn(name)}, ${sumColumn(name)}`)}, co2PpmMin)
SELECT device, (time + ${HOUR_S - 1}) / ${HOUR_S} * ${HOUR_S} AS hour, count(*),
    ${ofQuantities(name => `count(${name}), total(${name})`)}, min(co2Ppm)
FROM readings GROUP BY device, hour;
`

/** SQL that upgrades from each version to this one, by version; 0 is an empty file. */
const upgrades = [
    [tables, stateTables, hourTables],
    [addLosses, stateTables, hourTables, fillHours],
    [renameLosses, stateTables, hourTables, fillHours],
    [renameLosses, renameStates, hourTables, fillHours],
    [hourTables, fillHours],
]

/** @param readings number of readings in the database */
export type OnUpgrade = (readings: number) => void

/**
 * Opens the file, creates it if it does not exist, and creates or upgrades its tables.
 *
 * A commit is on the disk when it returns: in WAL mode synchronous=FULL syncs
 * the log on every commit (https://sqlite.org/pragma.html#pragma_synchronous).
 *
 * @param path a file, or ":memory:"
 * @throws AirpinError STORE_VERSION if a later version wrote the file; errors of SQLite as they are
 */
export function openDatabase(path: string, onUpgrade?: OnUpgrade): DatabaseSyncInstance {
    const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true })
    try {
        database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
        makeTables(database, onUpgrade)
        return database
    } catch (error) {
        database.close()
        throw error
    }
}

/**
 * Opens the file of a running server for reading.
 *
 * @throws errors of SQLite as they are
 */
export function openDatabaseToRead(path: string): DatabaseSyncInstance {
    return new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, readOnly: true })
}

function makeTables(database: DatabaseSyncInstance, onUpgrade?: OnUpgrade): void {
    const version = schemaVersion(database)
    if (version === SCHEMA_VERSION) return
    if (version > SCHEMA_VERSION) throw versionError(version)
    database.exec("BEGIN IMMEDIATE")
    // another process may have upgraded them while this one waited
    const before = schemaVersion(database)
    const upgrade = upgrades[before]
    if (upgrade && before > 0) onUpgrade?.(countReadings(database))
    if (upgrade) database.exec([...upgrade, `PRAGMA user_version = ${SCHEMA_VERSION};`].join("\n"))
    database.exec("COMMIT")
}

function countReadings(database: DatabaseSyncInstance): number {
    const sql = "SELECT count(*) AS count FROM readings"
    return new Query<object, { count: number }>(database, sql, ["count"]).first({})?.count ?? 0
}

/** Version of the tables in the database; 0 in an empty file. */
function schemaVersion(database: DatabaseSyncInstance): number {
    return (
        new Query<object, { user_version: number }>(database, "PRAGMA user_version", ["user_version"]).first({})
            ?.user_version ?? 0
    )
}

/** Writes one page to the disk, and changes nothing. */
export function rewriteSchemaVersion(database: DatabaseSyncInstance): void {
    database.exec(`PRAGMA user_version = ${schemaVersion(database)}`)
}

function versionError(version: number): AirpinError {
    return new AirpinError(
        "STORE_VERSION",
        `the database has schema version ${version}, this airpin reads version ${SCHEMA_VERSION}`,
    )
}
