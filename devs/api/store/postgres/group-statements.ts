/**
 * The statements of a group of posts. Each text is the same for any number of rows, so that a connection parses it once.
 * What Citus, TimescaleDB, CockroachDB and YugabyteDB do not take is avoided: see the README.
 */
import { CompiledQuery } from "kysely"
import type { GroupChanges, KnownRows } from "../appending.ts"
import type { Sql } from "../database.ts"
import { type GroupTableName, groupTableNames, groupTables, insertText, valuesOf } from "../group-tables.ts"
import { lossesOf, type Post } from "../records.ts"
import type { BootTable, DeviceTable, SettingsTable, StatusTable } from "../tables.ts"

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

/** Locks the devices of the posts and reads what the posts concern, by device id; unknown devices are absent. */
export async function lockKnownRows(sql: Sql, posts: Post[]): Promise<Map<string, KnownRows>> {
    const devices = await run<DeviceTable>(sql, lockDevices, [posts.map(({ device }) => device)])
    const keys = new Map(devices.map(({ id, key }) => [id, key]))
    const known = posts.flatMap(post => ({ post, key: keys.get(post.device) }))
    const boots = await run<BootRow>(sql, selectBoots, [
        known.map(({ key }) => key),
        known.map(({ post }) => post.batch.boot),
        known.map(({ post }) => post.batch.seq),
        known.map(({ post }) => post.batch.seq + post.batch.values.length),
    ])
    const reporting = known.flatMap(({ post, key }) => (post.reported && key !== undefined ? [key] : []))
    const statuses = reporting.length === 0 ? [] : await run<StatusTable>(sql, selectStatuses, [reporting])
    const settings = reporting.length === 0 ? [] : await run<SettingsTable>(sql, selectSettings, [reporting])
    return new Map(
        devices.map(device => {
            const ofDevice = (row: { device: number }) => row.device === device.key
            return [
                device.id,
                {
                    device,
                    ...bootOf(boots.filter(ofDevice)),
                    status: statuses.find(ofDevice),
                    settings: settings.find(ofDevice),
                },
            ]
        }),
    )
}

function bootOf(rows: BootRow[]): Pick<KnownRows, "boot" | "received"> {
    const [first] = rows
    const received = rows.flatMap(({ firstSeq, lastSeq }) =>
        firstSeq === null || lastSeq === null ? [] : { firstSeq, lastSeq },
    )
    const boot = first && { device: first.device, boot: first.boot, id: first.id, ...lossesOf(first) }
    return { boot, received }
}

export async function writeGroup(sql: Sql, { outdated, rollUps, ...rows }: GroupChanges): Promise<void> {
    for (const { device, boot, firstSeq } of outdated) await run(sql, forgetRange, [device, boot, firstSeq])
    const tables: Record<GroupTableName, object[]> = { ...rows, ...rollUps }
    for (const { name, text } of inserts) await insert(sql, name, text, tables[name])
}

async function insert(sql: Sql, name: GroupTableName, text: string, rows: object[]): Promise<void> {
    if (rows.length === 0) return
    const values = rows.map(row => valuesOf(name, row))
    await run(
        sql,
        text,
        groupTables[name].columns.map((_, at) => values.map(row => row[at])),
    )
}

async function run<Row>(sql: Sql, text: string, values: unknown[]): Promise<Row[]> {
    return (await sql.executeQuery<Row>(CompiledQuery.raw(text, values))).rows
}
