/**
 * The statements of a group of posts. Each text is the same for any number of rows, so that a connection parses it once.
 * What Citus, TimescaleDB, CockroachDB and YugabyteDB do not take is avoided: see the README.
 */
import { CompiledQuery } from "kysely"
import type { AirpinError } from "../../../../certs/error.ts"
import { type GroupChanges, groupChanges, type KnownRows, planOf } from "../appending.ts"
import { type GroupTableName, groupTableNames, groupTables, insertText, valuesOf } from "../group-tables.ts"
import { type Appended, lossesOf, type Post } from "../records.ts"
import type { BootTable, DeviceTable, SettingsTable, StatusTable } from "../tables.ts"
import type { PostgresConnection } from "./driver.ts"

const textColumns = ["id", "name", "tokenSha256", "status", "unread", "restartReason", "desired", "refused"]

const arraysOf = (columns: readonly string[]) =>
    columns.map((column, at) => `$${at + 1}::${textColumns.includes(column) ? "text" : "bigint"}[]`).join(", ")

const inserts = groupTableNames.map(name => {
    const rows = `SELECT * FROM unnest(${arraysOf(groupTables[name].columns)})`
    return { name, text: insertText(name, rows, "least", "greatest") }
})

/**
 * Locks the devices until the end of the transaction, so that the posts of a device are planned one after the other in
 * whichever processes they arrive. It writes a row of each, so that the commit of a repeated batch too waits for a
 * synchronous replica: what it confirms as stored may not have reached that yet.
 */
const lockDevices = 'UPDATE devices SET "lastSeenAt" = "lastSeenAt" WHERE id = ANY($1::text[]) RETURNING *'

/** Boots of the batches, each with every range of received sequence numbers that overlaps its batch or touches it. */
const selectBoots = `SELECT b.*, r."firstSeq", r."lastSeq"
    FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[]) AS k (device, id, first, next)
    JOIN boots AS b ON b.device = k.device AND b.id = k.id
    LEFT JOIN received AS r
        ON r.device = b.device AND r.boot = b.boot AND r."firstSeq" <= k.next AND r."lastSeq" >= k.first - 1`

const selectStatuses = "SELECT * FROM statuses WHERE device = ANY($1::bigint[])"
const selectSettings = "SELECT * FROM settings WHERE device = ANY($1::bigint[])"
const forgetRange = 'DELETE FROM received WHERE device = $1 AND boot = $2 AND "firstSeq" = $3'

/** The texts, which connections keep parsed. */
export const groupStatements = [
    lockDevices,
    selectBoots,
    selectStatuses,
    selectSettings,
    forgetRange,
    ...inserts.map(({ text }) => text),
]

type BootRow = BootTable & { firstSeq: number | null; lastSeq: number | null }

/**
 * Stores the posts in one transaction of the connection. Statements that do not depend on each other are sent together,
 * so that a group takes three round trips to the server.
 *
 * @returns for each post its result, or why it alone was refused
 * @throws AirpinError if nothing was stored
 */
export async function appendGroup(connection: PostgresConnection, posts: Post[]): Promise<(Appended | AirpinError)[]> {
    try {
        const [, devices] = await allOf(
            run(connection, "BEGIN"),
            run<DeviceTable>(connection, lockDevices, [posts.map(({ device }) => device)]),
        )
        const known = await knownRows(connection, posts, devices)
        const plans = posts.map(post => planOf(post, known.get(post.device)))
        const changes = groupChanges(plans.flatMap(plan => ("changes" in plan ? plan.changes : [])))
        await allOf(...writes(connection, changes), run(connection, "COMMIT"))
        return plans.map(plan => ("changes" in plan ? plan.result : plan.error))
    } catch (error) {
        if (connection.isInTransaction) await run(connection, "ROLLBACK")
        throw error
    }
}

/** What the posts concern, by device id. */
async function knownRows(
    connection: PostgresConnection,
    posts: Post[],
    devices: DeviceTable[],
): Promise<Map<string, KnownRows>> {
    const keys = new Map(devices.map(({ id, key }) => [id, key]))
    const known = posts.flatMap(post => {
        const key = keys.get(post.device)
        return key === undefined ? [] : { post, key }
    })
    const reporting = known.filter(({ post }) => post.reported).map(({ key }) => key)
    const [boots, statuses, settings] = await allOf(
        run<BootRow>(connection, selectBoots, [
            known.map(({ key }) => key),
            known.map(({ post }) => post.batch.boot),
            known.map(({ post }) => post.batch.seq),
            known.map(({ post }) => post.batch.seq + post.batch.values.length),
        ]),
        run<StatusTable>(connection, selectStatuses, [reporting]),
        run<SettingsTable>(connection, selectSettings, [reporting]),
    )
    const [bootsOf, statusOf, settingsOf] = [byDevice(boots), byDevice(statuses), byDevice(settings)]
    return new Map(
        devices.map(device => {
            const status = statusOf.get(device.key)?.[0]
            const setting = settingsOf.get(device.key)?.[0]
            return [device.id, { device, ...bootOf(bootsOf.get(device.key) ?? []), status, settings: setting }]
        }),
    )
}

function byDevice<Row extends { device: number }>(rows: Row[]): Map<number, Row[]> {
    const all = new Map<number, Row[]>()
    for (const row of rows) all.set(row.device, [...(all.get(row.device) ?? []), row])
    return all
}

function bootOf(rows: BootRow[]): Pick<KnownRows, "boot" | "received"> {
    const [first] = rows
    const received = rows.flatMap(({ firstSeq, lastSeq }) =>
        firstSeq === null || lastSeq === null ? [] : { firstSeq, lastSeq },
    )
    const boot = first && { device: first.device, boot: first.boot, id: first.id, ...lossesOf(first) }
    return { boot, received }
}

function writes(connection: PostgresConnection, { outdated, rollUps, ...rows }: GroupChanges): Promise<unknown>[] {
    const tables: Record<GroupTableName, object[]> = { ...rows, ...rollUps }
    return [
        ...outdated.map(({ device, boot, firstSeq }) => run(connection, forgetRange, [device, boot, firstSeq])),
        ...inserts
            .filter(({ name }) => tables[name].length > 0)
            .map(({ name, text }) => run(connection, text, columnsOf(name, tables[name]))),
    ]
}

/** The rows as one array per column. */
function columnsOf(name: GroupTableName, rows: object[]): unknown[][] {
    const values = rows.map(row => valuesOf(name, row))
    return groupTables[name].columns.map((_, at) => values.map(row => row[at]))
}

async function run<Row>(connection: PostgresConnection, text: string, values: unknown[] = []): Promise<Row[]> {
    return (await connection.executeQuery<Row>(CompiledQuery.raw(text, values))).rows
}

/** Waits for all, also after one has failed; throws the first error, which is the cause of those after it. */
async function allOf<Results extends unknown[]>(
    ...promises: { [At in keyof Results]: Promise<Results[At]> }
): Promise<Results> {
    const failed = (await Promise.allSettled(promises)).find(({ status }) => status === "rejected")
    if (failed?.status === "rejected") throw failed.reason
    return Promise.all(promises) as Promise<Results>
}
