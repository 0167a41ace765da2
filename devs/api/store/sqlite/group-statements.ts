/** The statements of a group of posts, compiled once: what Kysely would compile anew for each post. */
import type { DatabaseSyncInstance, StatementSyncInstance } from "@photostructure/sqlite"
import type { GroupChanges, KnownRows } from "../appending.ts"
import { quantityColumns } from "../quantity-columns.ts"
import { lossNames, type Post } from "../records.ts"
import { type RollUpName, rollUpColumns, rollUpNames, sumColumns } from "../roll-ups.ts"
import type { Tables } from "../tables.ts"

/** Rows in one statement: a group is written in a few, whatever its size. */
const CHUNKS = [64, 16, 4, 1]

const columns = {
    devices: [
        ...["key", "id", "name", "tokenSha256", "createdAt", "revokedAt", "lastSeenAt", "newestAt", "boots"],
        ...["usageDay", "usageBoots", "usageBytes", "rawDays", "fiveMinuteDays", ...lossNames],
    ],
    boots: ["device", "boot", "id", ...lossNames],
    received: ["device", "boot", "firstSeq", "lastSeq"],
    readings: ["device", "time", "boot", "seq", ...quantityColumns],
    statuses: ["device", "at", "status", "unread"],
    starts: ["device", "restartReason", "count"],
    settings: ["device", "revision", "setAt", "desired", "appliedRevision", "appliedAt", "refused"],
}

const replace = (key: string, names: readonly string[]) =>
    `ON CONFLICT (${key}) DO UPDATE SET ${names.map(name => `"${name}" = excluded."${name}"`).join(", ")}`

const addToRollUp = `ON CONFLICT (device, time) DO UPDATE SET
    ${["count", ...sumColumns].map(name => `"${name}" = "${name}" + excluded."${name}"`).join(", ")},
    "co2PpmMin" = min(coalesce("co2PpmMin", excluded."co2PpmMin"), coalesce(excluded."co2PpmMin", "co2PpmMin")),
    "co2PpmMax" = max(coalesce("co2PpmMax", excluded."co2PpmMax"), coalesce(excluded."co2PpmMax", "co2PpmMax"))`

/** Writes any number of rows of one table. */
class RowWriter<Row extends object> {
    readonly #statements: { rows: number; statement: StatementSyncInstance }[]
    readonly #columns: readonly string[]

    constructor(database: DatabaseSyncInstance, table: string, columns: readonly string[], onConflict: string) {
        this.#columns = columns
        const names = columns.map(name => `"${name}"`).join(", ")
        const row = `(${columns.map(() => "?").join(", ")})`
        this.#statements = CHUNKS.map(rows => ({
            rows,
            statement: database.prepare(
                `INSERT INTO "${table}" (${names}) VALUES ${Array(rows).fill(row).join(", ")} ${onConflict}`,
            ),
        }))
    }

    write(rows: Row[]): void {
        let done = 0
        for (const { rows: count, statement } of this.#statements)
            for (; rows.length - done >= count; done += count)
                statement.run(...rows.slice(done, done + count).flatMap(row => this.#valuesOf(row)))
    }

    #valuesOf(row: Row): unknown[] {
        return this.#columns.map(name => Reflect.get(row, name))
    }
}

export class GroupStatements {
    readonly #device: StatementSyncInstance
    readonly #boot: StatementSyncInstance
    readonly #received: StatementSyncInstance
    readonly #status: StatementSyncInstance
    readonly #settings: StatementSyncInstance
    readonly #forget: StatementSyncInstance
    readonly #writers
    readonly #rollUps: Record<RollUpName, RowWriter<Tables[RollUpName]>>

    constructor(database: DatabaseSyncInstance) {
        this.#device = database.prepare("SELECT * FROM devices WHERE id = ?")
        this.#boot = database.prepare("SELECT * FROM boots WHERE device = ? AND id = ?")
        this.#received = database.prepare(
            `SELECT "firstSeq", "lastSeq" FROM received
            WHERE device = ? AND boot = ? AND "firstSeq" <= ? AND "lastSeq" >= ?`,
        )
        this.#status = database.prepare("SELECT * FROM statuses WHERE device = ?")
        this.#settings = database.prepare("SELECT * FROM settings WHERE device = ?")
        this.#forget = database.prepare('DELETE FROM received WHERE device = ? AND boot = ? AND "firstSeq" = ?')
        this.#writers = writersOf(database)
        const writer = (name: RollUpName) =>
            new RowWriter<Tables[RollUpName]>(database, name, rollUpColumns, addToRollUp)
        this.#rollUps = { fiveMinutes: writer("fiveMinutes"), hours: writer("hours"), days: writer("days") }
    }

    /** The rows that a post concerns; undefined if there is no such device. */
    knownRows({ device: id, batch, reported }: Post): KnownRows | undefined {
        const device: KnownRows["device"] | undefined = this.#device.get(id)
        if (device === undefined) return undefined
        const boot: KnownRows["boot"] = this.#boot.get(device.key, batch.boot)
        const next = batch.seq + batch.values.length
        return {
            device,
            boot,
            received: boot === undefined ? [] : this.#received.all(device.key, boot.boot, next, batch.seq - 1),
            status: reported && this.#status.get(device.key),
            settings: reported && this.#settings.get(device.key),
        }
    }

    write({ outdated, rollUps, ...rows }: GroupChanges): void {
        for (const { device, boot, firstSeq } of outdated) this.#forget.run(device, boot, firstSeq)
        this.#writers.devices.write(rows.devices)
        this.#writers.boots.write(rows.boots)
        this.#writers.received.write(rows.received)
        this.#writers.readings.write(rows.readings)
        this.#writers.statuses.write(rows.statuses)
        this.#writers.starts.write(rows.starts)
        this.#writers.settings.write(rows.settings)
        for (const name of rollUpNames) this.#rollUps[name].write(rollUps[name])
    }
}

function writersOf(database: DatabaseSyncInstance) {
    const { devices, boots, received, readings, statuses, starts, settings } = columns
    const counts = ["lastSeenAt", "newestAt", "boots", "usageDay", "usageBoots", "usageBytes", ...lossNames]
    return {
        devices: new RowWriter<Tables["devices"]>(database, "devices", devices, replace("key", counts)),
        boots: new RowWriter<Tables["boots"]>(database, "boots", boots, replace("device, boot", lossNames)),
        received: new RowWriter<Tables["received"]>(
            database,
            "received",
            received,
            replace('device, boot, "firstSeq"', ["lastSeq"]),
        ),
        readings: new RowWriter<Tables["readings"]>(database, "readings", readings, "ON CONFLICT DO NOTHING"),
        statuses: new RowWriter<Tables["statuses"]>(
            database,
            "statuses",
            statuses,
            replace("device", ["at", "status", "unread"]),
        ),
        starts: new RowWriter<Tables["starts"]>(
            database,
            "starts",
            starts,
            'ON CONFLICT (device, "restartReason") DO UPDATE SET count = starts.count + excluded.count',
        ),
        settings: new RowWriter<Tables["settings"]>(
            database,
            "settings",
            settings,
            replace("device", ["appliedRevision", "appliedAt", "refused"]),
        ),
    }
}
