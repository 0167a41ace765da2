/** The tables of `tables.ts` on PostgreSQL, and views of them with the units of people. */
import { quantities } from "../../../../src/wire.ts"
import { lossNames } from "../records.ts"

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

const columns = quantities().map(({ name, decimals, max }) => {
    const scale = 10 ** decimals
    return {
        name: scale === 1 ? name : `${name}${scale}`,
        scale,
        type: max * scale <= MAX_SMALLINT ? "SMALLINT" : "INTEGER",
        /** as in `co2_ppm`: names with capitals must be quoted in SQL */
        plainName: name.replace(/[A-Z]/, letter => `_${letter.toLowerCase()}`),
    }
})

const losses = lossNames.map(name => `"${name}" INTEGER NOT NULL DEFAULT 0`).join(",\n    ")

const smallTables = [
    `CREATE TABLE devices (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    "tokenSha256" TEXT NOT NULL UNIQUE,
    "createdAt" BIGINT NOT NULL,
    "revokedAt" BIGINT,
    "lastSeenAt" BIGINT,
    "newestAt" BIGINT,
    boots INTEGER NOT NULL DEFAULT 0,
    "usageDay" INTEGER NOT NULL DEFAULT 0,
    "usageBoots" INTEGER NOT NULL DEFAULT 0,
    "usageBytes" BIGINT NOT NULL DEFAULT 0,
    "rawDays" INTEGER,
    "fiveMinuteDays" INTEGER,
    ${losses}
)`,
    `CREATE TABLE boots (
    device INTEGER NOT NULL,
    boot INTEGER NOT NULL,
    id TEXT NOT NULL,
    ${losses},
    PRIMARY KEY (device, boot),
    UNIQUE (device, id)
)`,
    `CREATE TABLE received (
    device INTEGER NOT NULL,
    boot INTEGER NOT NULL,
    "firstSeq" INTEGER NOT NULL,
    "lastSeq" INTEGER NOT NULL,
    PRIMARY KEY (device, boot, "firstSeq")
)`,
    `CREATE TABLE statuses (
    device INTEGER PRIMARY KEY,
    at BIGINT NOT NULL,
    status TEXT NOT NULL,
    unread TEXT NOT NULL
)`,
    `CREATE TABLE starts (
    device INTEGER NOT NULL,
    "restartReason" TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (device, "restartReason")
)`,
    `CREATE TABLE settings (
    device INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL,
    "setAt" BIGINT NOT NULL,
    desired TEXT NOT NULL,
    "appliedRevision" INTEGER,
    "appliedAt" BIGINT,
    refused TEXT
)`,
]

/** `time` first: it is 8 bytes wide, and 4 bytes of each row would be lost to alignment behind `device`. */
const readingsTable = `CREATE TABLE readings (
    time BIGINT NOT NULL,
    device INTEGER NOT NULL,
    boot INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    ${columns.map(({ name, type }) => `"${name}" ${type}`).join(",\n    ")},
    PRIMARY KEY (device, time, boot, seq)
)`

const readingsByLayout = {
    months: [`${readingsTable} PARTITION BY RANGE (time)`],
    hypertable: [
        readingsTable,
        `SELECT create_hypertable('readings', 'time', chunk_time_interval => ${CHUNK_S}, create_default_indexes => FALSE)`,
    ],
    one: [readingsTable],
}

const brinIndex = `CREATE INDEX "readingsByTime" ON readings USING brin (time) WITH (autosummarize = on)`

const rollUpTables = ["fiveMinutes", "hours", "days"].map(
    name => `CREATE TABLE "${name}" (
    time BIGINT NOT NULL,
    device INTEGER NOT NULL,
    count INTEGER NOT NULL,
    "co2PpmMin" INTEGER,
    "co2PpmMax" INTEGER,
    ${columns.map(({ name }) => `"${name}Count" INTEGER NOT NULL,\n    "${name}Sum" BIGINT NOT NULL`).join(",\n    ")},
    PRIMARY KEY (device, time)
)`,
)

/**
 * For psql and Grafana. `time` is for people; conditions on `unix_time` (in Grafana: $__unixEpochFilter) read only the
 * partitions they need.
 */
const views = [
    view(
        "measurements",
        "readings",
        columns.map(({ name, scale, plainName }) => `${inUnits(`r."${name}"`, scale)} AS ${plainName}`),
    ),
    ...[
        ["five_minute_means", '"fiveMinutes"'],
        ["hourly_means", "hours"],
        ["daily_means", "days"],
    ].map(([name = "", table = ""]) =>
        view(name, table, [
            "r.count AS readings",
            'r."co2PpmMin" AS co2_ppm_min',
            'r."co2PpmMax" AS co2_ppm_max',
            ...columns.map(
                ({ name, scale, plainName }) =>
                    `r."${name}Sum"::float8 / nullif(r."${name}Count", 0) / ${scale} AS ${plainName}`,
            ),
        ]),
    ),
]

function inUnits(column: string, scale: number): string {
    return scale === 1 ? column : `(${column} / ${scale}.0)::float8`
}

function view(name: string, table: string, shown: string[]): string {
    return `CREATE VIEW ${name} AS
SELECT to_timestamp(r.time) AS time, r.time AS unix_time, d.id AS device, d.name,
    ${shown.join(",\n    ")}
FROM ${table} AS r JOIN devices AS d ON d.key = r.device`
}

/** The statements that create the tables of version 6, without the table `state`, which holds the version. */
export function tablesOfVersion6({ readings, brin }: Layout): string[] {
    return [...smallTables, ...readingsByLayout[readings], ...(brin ? [brinIndex] : []), ...rollUpTables, ...views]
}
