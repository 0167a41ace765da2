/** The statements of a group of posts, compiled once: what Kysely would compile anew for each post. */
import type { DatabaseSyncInstance, StatementSyncInstance } from "@photostructure/sqlite"
import type { GroupChanges, KnownRows } from "../appending.ts"
import { type GroupTableName, groupTableNames, groupTables, insertText } from "../group-tables.ts"
import type { Post } from "../records.ts"
import { knownRowsReader } from "./known-rows.ts"

/** Rows in one statement: a group is written in a few, whatever its size. */
const CHUNKS = [64, 16, 4, 1]

/** Writes any number of rows of one table. */
class RowWriter {
    readonly #columns: readonly string[]
    readonly #statements: { rows: number; statement: StatementSyncInstance }[]

    constructor(database: DatabaseSyncInstance, table: GroupTableName) {
        this.#columns = groupTables[table].columns
        const row = `(${this.#columns.map(() => "?").join(", ")})`
        this.#statements = CHUNKS.map(rows => ({
            rows,
            statement: database.prepare(insertText(table, `VALUES ${Array(rows).fill(row).join(", ")}`, "min", "max")),
        }))
    }

    write(rows: object[]): void {
        let done = 0
        for (const { rows: count, statement } of this.#statements)
            for (; rows.length - done >= count; done += count)
                statement.run(...this.#values(rows.slice(done, done + count)))
    }

    /** The values of some rows, one after the other; a loop, because this is done for every reading. */
    #values(rows: object[]): unknown[] {
        const values = []
        for (const row of rows) for (const column of this.#columns) values.push(Reflect.get(row, column))
        return values
    }
}

export class GroupStatements {
    readonly knownRows: (post: Post) => KnownRows | undefined
    readonly #forget: StatementSyncInstance
    readonly #writers: Map<GroupTableName, RowWriter>

    constructor(database: DatabaseSyncInstance) {
        this.knownRows = knownRowsReader(database)
        this.#forget = database.prepare('DELETE FROM received WHERE device = ? AND boot = ? AND "firstSeq" = ?')
        this.#writers = new Map(groupTableNames.map(name => [name, new RowWriter(database, name)]))
    }

    write({ outdated, rollUps, ...rows }: GroupChanges): void {
        for (const { device, boot, firstSeq } of outdated) this.#forget.run(device, boot, firstSeq)
        const tables: Record<GroupTableName, object[]> = { ...rows, ...rollUps }
        for (const [name, writer] of this.#writers) writer.write(tables[name])
    }
}
