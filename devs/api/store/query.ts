/** SQL statements with types for their parameters and rows. */
import type { DatabaseSyncInstance, StatementSyncInstance } from "@photostructure/sqlite"

/** A compiled statement that changes rows. Its parameters are named. */
export class Change<Params extends object> {
    readonly #statement: StatementSyncInstance

    constructor(database: DatabaseSyncInstance, sql: string) {
        this.#statement = database.prepare(sql)
    }

    /** Runs it and returns the number of changed rows. */
    run(params: Params): number {
        return this.#statement.run(params).changes
    }
}

/** A compiled statement that returns rows. Its parameters are named. */
export class Query<Params extends object, Row extends object> {
    readonly #statement: StatementSyncInstance

    /**
     * @param columns every key of `Row`
     * @throws Error when the statement returns other columns than `Row` has
     */
    constructor(database: DatabaseSyncInstance, sql: string, columns: readonly (keyof Row & string)[]) {
        this.#statement = database.prepare(sql)
        const returned = this.#statement.columns().map(({ name }) => name)
        if (returned.toSorted().join() !== columns.toSorted().join())
            throw new Error(
                `the statement returns ${returned.join(", ")}, but its row has ${columns.join(", ")}: ${sql}`,
            )
    }

    /** SQL text of the statement. */
    get sql(): string {
        return this.#statement.sourceSQL
    }

    first(params: Params): Row | undefined {
        return this.#statement.get(params)
    }

    all(params: Params): Row[] {
        return this.#statement.all(params)
    }
}
