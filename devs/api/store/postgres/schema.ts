/** The tables of `../schema.ts` as PostgreSQL stores them. */
import { storedQuantities } from "../quantity-columns.ts"
import { readingsDefinition, tableDefinitions, tableText } from "../schema.ts"
import { viewTexts } from "./views.ts"

/** How the table of readings is laid out, which is where the systems that speak PostgreSQL's language differ. */
export interface Layout {
    /** "months": partitions of a month; "hypertable": TimescaleDB's chunks; "one": the system divides it by itself */
    readings: "months" | "hypertable" | "one"
    /** true if there is an index of the kind BRIN */
    brin: boolean
}

/**
 * @param version what `SELECT version()` returns
 * @param extensions names of those installed in the database
 */
export function layoutFor(version: string, extensions: string[]): Layout {
    if (version.includes("CockroachDB")) return { readings: "one", brin: false }
    if (version.includes("-YB-")) return { readings: "months", brin: false }
    if (extensions.includes("timescaledb")) return { readings: "hypertable", brin: false }
    return { readings: "months", brin: true }
}

/** Seconds of readings in a chunk of TimescaleDB: about a month, as a partition. */
const CHUNK_S = 30 * 86_400

/** Largest number that SMALLINT holds. */
const MAX_SMALLINT = 32_767

/** Columns of 4 bytes instead of 8. Sums and times need 8. */
const INTEGERS = /"(key|device|boot|boots|seq|firstSeq|lastSeq|count|\w+Count|co2PpmMin|co2PpmMax)" BIGINT/g

const small = new Set<string>(
    storedQuantities.filter(({ max, scale }) => max * scale <= MAX_SMALLINT).map(({ column }) => column),
)
const quantityTypes = storedQuantities.map(({ column }) => `"${column}" ${small.has(column) ? "SMALLINT" : "INTEGER"}`)

/** `time` first: it is 8 bytes wide, and behind `device` 4 bytes of each row would be lost to alignment. */
const readingColumns = [
    '"time" BIGINT NOT NULL',
    ...["device", "boot", "seq"].map(name => `"${name}" INTEGER NOT NULL`),
]

const readingsText = tableText({ ...readingsDefinition, columns: [...readingColumns, ...quantityTypes] })

const readingsByLayout = {
    months: [`${readingsText} PARTITION BY RANGE (time)`],
    hypertable: [
        readingsText,
        `SELECT create_hypertable('readings', 'time', chunk_time_interval => ${CHUNK_S}, create_default_indexes => FALSE)`,
    ],
    one: [readingsText],
}

const brinIndex = `CREATE INDEX "readingsByTime" ON readings USING brin (time) WITH (autosummarize = on)`

/** The text of CREATE TABLE with the types of its columns on PostgreSQL. */
export const columnTypes = (text: string): string => text.replace(INTEGERS, '"$1" INTEGER')

/** The statements that create the tables, without the table `state`, which holds their version. */
export function tableTexts({ readings, brin }: Layout): string[] {
    const others = tableDefinitions.filter(({ name }) => name !== "state").map(tableText)
    return [...others.map(columnTypes), ...readingsByLayout[readings], ...(brin ? [brinIndex] : []), ...viewTexts]
}
