/** How the rows of a group of posts are written, alike on every kind of database. */
import { quantityColumns } from "./quantity-columns.ts"
import { lossNames } from "./records.ts"
import { rollUpColumns, rollUpNames, sumColumns } from "./roll-ups.ts"

export interface GroupTable {
    columns: readonly string[]
    key: readonly string[]
    /** what becomes of a row with the same key; without any of these it stays as it is */
    replaced?: readonly string[]
    added?: readonly string[]
    lowest?: readonly string[]
    highest?: readonly string[]
}

const rollUp: GroupTable = {
    columns: rollUpColumns,
    key: ["device", "time"],
    added: ["count", ...sumColumns],
    lowest: ["co2PpmMin"],
    highest: ["co2PpmMax"],
}

const counts = ["lastSeenAt", "newestAt", "boots", "usageDay", "usageBoots", "usageBytes", ...lossNames]

export const groupTables = {
    devices: {
        columns: ["key", "id", "name", "tokenSha256", "createdAt", "revokedAt", "rawDays", "fiveMinuteDays", ...counts],
        key: ["key"],
        replaced: counts,
    },
    boots: { columns: ["device", "boot", "id", ...lossNames], key: ["device", "boot"], replaced: lossNames },
    received: {
        columns: ["device", "boot", "firstSeq", "lastSeq"],
        key: ["device", "boot", "firstSeq"],
        replaced: ["lastSeq"],
    },
    readings: {
        columns: ["device", "time", "boot", "seq", ...quantityColumns],
        key: ["device", "time", "boot", "seq"],
    },
    statuses: {
        columns: ["device", "at", "status", "unread"],
        key: ["device"],
        replaced: ["at", "status", "unread"],
    },
    starts: { columns: ["device", "restartReason", "count"], key: ["device", "restartReason"], added: ["count"] },
    settings: {
        columns: ["device", "revision", "setAt", "desired", "appliedRevision", "appliedAt", "refused"],
        key: ["device"],
        replaced: ["appliedRevision", "appliedAt", "refused"],
    },
    days: rollUp,
    hours: rollUp,
    fiveMinutes: rollUp,
} satisfies Record<string, GroupTable>

export type GroupTableName = keyof typeof groupTables

/** In the order in which they are written. */
export const groupTableNames: GroupTableName[] = [
    ...(["devices", "boots", "received", "readings", "statuses", "starts", "settings"] as const),
    ...rollUpNames,
]

const quotedNames = (names: readonly string[]) => names.map(name => `"${name}"`).join(", ")

/**
 * SQL that inserts rows, or changes those that are there.
 *
 * @param rows SQL of the rows: VALUES or SELECT
 * @param least and `greatest`: names of the functions of two arguments, which may return null for a null
 */
export function insertText(name: GroupTableName, rows: string, least: string, greatest: string): string {
    const { columns, key, replaced = [], added = [], lowest = [], highest = [] }: GroupTable = groupTables[name]
    const extreme = (extremeOf: string) => (column: string) => {
        const [before, after] = [`"${name}"."${column}"`, `excluded."${column}"`]
        return `"${column}" = ${extremeOf}(coalesce(${before}, ${after}), coalesce(${after}, ${before}))`
    }
    const changes = [
        ...replaced.map(column => `"${column}" = excluded."${column}"`),
        ...added.map(column => `"${column}" = "${name}"."${column}" + excluded."${column}"`),
        ...lowest.map(extreme(least)),
        ...highest.map(extreme(greatest)),
    ]
    const action = changes.length === 0 ? "NOTHING" : `UPDATE SET ${changes.join(", ")}`
    return `INSERT INTO "${name}" (${quotedNames(columns)}) ${rows} ON CONFLICT (${quotedNames(key)}) DO ${action}`
}

/** The values of a row in the order of the table's columns. */
export function valuesOf(name: GroupTableName, row: object): unknown[] {
    return groupTables[name].columns.map(column => Reflect.get(row, column))
}
