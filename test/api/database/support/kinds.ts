/** The kinds of database that the tests run on. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import pg from "pg"
import { openPostgres } from "../../../../devs/api/store/postgres/postgres-database.ts"
import { debian, embedded, type PostgresRelease, sharedServer } from "./postgres-server.ts"

/** An empty database with its tables: where it is, and what to call after its last use. */
export interface Place {
    place: string
    release(): Promise<void>
}

export interface DatabaseKind {
    name: string
    /** why it cannot be tried here; undefined if it can */
    missing: string | undefined
    take(): Promise<Place>
}

const sqlite: DatabaseKind = {
    name: "SQLite",
    missing: undefined,
    async take() {
        const directory = mkdtempSync(path.join(tmpdir(), "airpin-api-"))
        return {
            place: path.join(directory, "airpin.db"),
            release: async () => rmSync(directory, { recursive: true }),
        }
    },
}

const CLEAR = `DO $$ DECLARE emptied text; BEGIN
    FOR emptied IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        AND NOT relispartition AND relname <> 'state'
    LOOP EXECUTE format('DELETE FROM %I', emptied); END LOOP;
    DELETE FROM state WHERE name <> 'schemaVersion';
END $$`

/** One database after the other uses the same tables: emptying them takes far less time than creating them. */
function postgres({ name, bin }: PostgresRelease): DatabaseKind {
    const free: string[] = []
    return {
        name,
        missing: bin === undefined ? `${name} is not installed` : undefined,
        async take() {
            const place = free.pop() ?? (await newPlace(bin!))
            return {
                place,
                release: async () => {
                    const client = new pg.Client(place)
                    await client.connect()
                    await client.query(CLEAR)
                    await client.end()
                    free.push(place)
                },
            }
        },
    }
}

async function newPlace(bin: string): Promise<string> {
    const place = await (await sharedServer(bin)).createDatabase()
    await (await openPostgres(place)).close()
    return place
}

export const onPostgres = postgres(process.env["AIRPIN_DEBIAN_POSTGRES"] === "1" ? debian : embedded)

/** PostgreSQL 18, or 15 with AIRPIN_DEBIAN_POSTGRES=1. */
const kinds: DatabaseKind[] = [sqlite, onPostgres]

/** Of tests that do not name a kind: PostgreSQL with AIRPIN_TEST_DATABASE=postgres. */
export const usualKind = process.env["AIRPIN_TEST_DATABASE"] === "postgres" ? onPostgres : sqlite

/** Describes something that holds on every kind of database; skipped, with the reason, where one is not installed. */
export function describeOnEach(what: string, tests: (kind: DatabaseKind) => void): void {
    for (const kind of kinds)
        describe(`${what}, on ${kind.name}`, () => {
            before(function () {
                if (kind.missing === undefined) return
                this.test!.parent!.title += ` (${kind.missing})`
                this.skip()
            })
            tests(kind)
        })
}
