/** Creates the tables in an empty file, and upgrades those of earlier versions. */
import type { DatabaseSyncInstance } from "@photostructure/sqlite"
import { AirpinError } from "../../../../certs/error.ts"
import {
    pinsTable,
    readingsDefinition,
    SCHEMA_VERSION,
    siteTable,
    type TableDefinition,
    tableDefinitions,
    tableText,
} from "../schema.ts"
import { upgradesTo5 } from "./former-schema.ts"
import { type OnProgress, upgradeFrom5To6 } from "./upgrade-5-to-6.ts"

/** Rows are stored in the order of their key, without a number of their own: https://sqlite.org/withoutrowid.html */
function createTable(definition: TableDefinition): string {
    return `${tableText(definition).replaceAll("BIGINT", "INTEGER")} STRICT, WITHOUT ROWID;`
}

export const createTables = [...tableDefinitions, readingsDefinition].map(createTable).join("\n")

/**
 * Makes the tables in one transaction.
 *
 * @throws AirpinError STORE_VERSION if a later version wrote the file; errors of SQLite as they are
 */
export function migrate(database: DatabaseSyncInstance, onProgress: OnProgress): void {
    if (isCurrent(schemaVersion(database))) return
    database.exec("BEGIN IMMEDIATE")
    try {
        // another process may have upgraded them while this one waited
        const version = schemaVersion(database)
        if (!isCurrent(version)) upgrade(database, version, onProgress)
        database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
    } catch (error) {
        // SQLite rolls back by itself when the disk is full
        if (database.isTransaction) database.exec("ROLLBACK")
        throw error
    }
    // the log of an upgrade is as long as the file
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)")
}

function upgrade(database: DatabaseSyncInstance, version: number, onProgress: OnProgress): void {
    const added = [
        { in: 7, table: pinsTable },
        { in: 8, table: siteTable },
    ]
    if (version >= 6) {
        for (const { in: later, table } of added) if (later > version) database.exec(createTable(table))
        return
    }
    const to5 = upgradesTo5[version]
    if (to5 === undefined) {
        database.exec(createTables)
        return
    }
    database.exec(to5)
    upgradeFrom5To6(database, createTables, onProgress)
}

/** @throws AirpinError STORE_VERSION */
function isCurrent(version: number): boolean {
    if (version <= SCHEMA_VERSION) return version === SCHEMA_VERSION
    throw new AirpinError(
        "STORE_VERSION",
        `the database has schema version ${version}, this airpin reads version ${SCHEMA_VERSION}`,
    )
}

/** Version of the tables in the database; 0 in an empty file. */
export function schemaVersion(database: DatabaseSyncInstance): number {
    const row: Record<string, unknown> | undefined = database.prepare("PRAGMA user_version").get()
    return Number(row?.user_version ?? 0)
}
