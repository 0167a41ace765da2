/** The tables of schema version 8, written for each kind of database. `tables.ts` says what they hold. */
import { quantityColumns } from "./quantity-columns.ts"
import { lossNames } from "./records.ts"
import { sumColumns } from "./roll-ups.ts"

/** Version of the tables below. */
export const SCHEMA_VERSION = 8

export interface TableDefinition {
    name: string
    /** columns and constraints; names in camel case are quoted, whole numbers are BIGINT */
    columns: string[]
    primaryKey: string[]
}

const quoted = (names: readonly string[]) => names.map(name => `"${name}"`)
const integers = (...names: string[]) => quoted(names).map(name => `${name} BIGINT NOT NULL`)
const optionalIntegers = (...names: string[]) => quoted(names).map(name => `${name} BIGINT`)

const rollUp = [...integers("device", "time", "count", ...sumColumns), ...optionalIntegers("co2PpmMin", "co2PpmMax")]

/** Who may read: alike on both kinds of database. */
export const accessTables: TableDefinition[] = [
    {
        name: "admins",
        columns: ["name TEXT NOT NULL", '"passwordHash" TEXT NOT NULL', ...integers("createdAt", "passwordAt")],
        primaryKey: ["name"],
    },
    {
        name: "links",
        columns: [
            '"tokenSha256" TEXT NOT NULL',
            "name TEXT NOT NULL",
            "role TEXT NOT NULL",
            ...optionalIntegers("device", "expiresAt", "revokedAt", "openedAt"),
            ...integers("createdAt", "once"),
        ],
        primaryKey: ["tokenSha256"],
    },
    {
        name: "sessions",
        columns: ['"tokenSha256" TEXT NOT NULL', "admin TEXT", "link TEXT", ...integers("createdAt", "expiresAt")],
        primaryKey: ["tokenSha256"],
    },
]

/** Version 7 added what devices trust as flashed. */
export const pinsTable: TableDefinition = {
    name: "devicePins",
    columns: [
        ...integers("device", "storedAt"),
        '"imageFile" TEXT NOT NULL',
        '"imageSha256" TEXT NOT NULL',
        "board TEXT NOT NULL",
        "hosts TEXT NOT NULL",
        "anchors TEXT NOT NULL",
        "bundle TEXT NOT NULL",
    ],
    primaryKey: ["device"],
}

/** Version 8 added what belongs to the whole school. */
export const siteTable: TableDefinition = {
    name: "site",
    columns: [...integers("key", "revision"), "document TEXT NOT NULL"],
    primaryKey: ["key"],
}

/** Every table but `readings`, which each kind of database stores in its own way. */
export const tableDefinitions: TableDefinition[] = [
    {
        name: "devices",
        columns: [
            ...integers("key"),
            "id TEXT NOT NULL UNIQUE",
            "name TEXT NOT NULL",
            '"tokenSha256" TEXT NOT NULL UNIQUE',
            ...integers("createdAt"),
            ...optionalIntegers("revokedAt", "lastSeenAt", "newestAt"),
            ...integers("boots", "usageDay", "usageBoots", "usageBytes", ...lossNames),
            ...optionalIntegers("rawDays", "fiveMinuteDays"),
        ],
        primaryKey: ["key"],
    },
    {
        name: "boots",
        columns: [...integers("device", "boot"), "id TEXT NOT NULL", ...integers(...lossNames), "UNIQUE (device, id)"],
        primaryKey: ["device", "boot"],
    },
    {
        name: "received",
        columns: integers("device", "boot", "firstSeq", "lastSeq"),
        primaryKey: ["device", "boot", "firstSeq"],
    },
    { name: "fiveMinutes", columns: rollUp, primaryKey: ["device", "time"] },
    { name: "hours", columns: rollUp, primaryKey: ["device", "time"] },
    { name: "days", columns: rollUp, primaryKey: ["device", "time"] },
    {
        name: "statuses",
        columns: [...integers("device", "at"), "status TEXT NOT NULL", "unread TEXT NOT NULL"],
        primaryKey: ["device"],
    },
    {
        name: "starts",
        columns: [...integers("device"), '"restartReason" TEXT NOT NULL', ...integers("count")],
        primaryKey: ["device", "restartReason"],
    },
    {
        name: "settings",
        columns: [
            ...integers("device", "revision", "setAt"),
            "desired TEXT NOT NULL",
            ...optionalIntegers("appliedRevision", "appliedAt"),
            "refused TEXT",
        ],
        primaryKey: ["device"],
    },
    ...accessTables,
    { name: "state", columns: ["name TEXT NOT NULL", "value TEXT NOT NULL"], primaryKey: ["name"] },
    {
        name: "leases",
        columns: ["name TEXT NOT NULL", "owner TEXT NOT NULL", ...integers("beat")],
        primaryKey: ["name"],
    },
    { name: "rhythms", columns: [...integers("device"), ...optionalIntegers("postEveryS")], primaryKey: ["device"] },
    {
        name: "alertLimits",
        columns: [...integers("device"), ...optionalIntegers("co2Ppm", "co2Minutes", "silentMinutes")],
        primaryKey: ["device"],
    },
    {
        name: "alerts",
        columns: [
            "id TEXT NOT NULL",
            "key TEXT NOT NULL",
            '"openKey" TEXT UNIQUE',
            "kind TEXT NOT NULL",
            ...optionalIntegers("device"),
            '"deviceId" TEXT',
            '"deviceName" TEXT',
            ...integers("openedAt"),
            ...optionalIntegers("resolvedAt"),
            "text TEXT NOT NULL",
            "details TEXT NOT NULL",
        ],
        primaryKey: ["id"],
    },
    {
        name: "alertDeliveries",
        columns: [
            "alert TEXT NOT NULL",
            "event TEXT NOT NULL",
            "channel TEXT NOT NULL",
            "status TEXT NOT NULL",
            ...integers("attempts", "nextAttemptAt"),
            ...optionalIntegers("doneAt"),
            "error TEXT",
        ],
        primaryKey: ["alert", "event", "channel"],
    },
    pinsTable,
    siteTable,
]

export const readingsDefinition: TableDefinition = {
    name: "readings",
    columns: [...integers("device", "time", "boot", "seq"), ...optionalIntegers(...quantityColumns)],
    primaryKey: ["device", "time", "boot", "seq"],
}

/** The part of CREATE TABLE that both kinds of database share: name, columns and primary key. */
export function tableText({ name, columns, primaryKey }: TableDefinition): string {
    return `CREATE TABLE "${name}" (\n    ${[...columns, `PRIMARY KEY (${quoted(primaryKey).join(", ")})`].join(",\n    ")}\n)`
}
