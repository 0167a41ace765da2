/**
 * Reads the rows that a post concerns, in one statement. SQLite makes a JSON array of their values, and literals make
 * objects of it: half the time of the binding, which takes each value out in a call of its own, and makes objects that
 * V8 is slow to copy.
 */
import type { DatabaseSyncInstance } from "@photostructure/sqlite"
import type { KnownRows } from "../appending.ts"
import { lossNames, type Post } from "../records.ts"

/** In the order in which `rowsOf` takes them. */
const columns = {
    devices: [
        ...["key", "id", "name", "tokenSha256", "createdAt", "revokedAt", "lastSeenAt", "newestAt", "boots"],
        ...["usageDay", "usageBoots", "usageBytes", "rawDays", "fiveMinuteDays", ...lossNames],
    ],
    boots: ["boot", "id", ...lossNames],
    received: ["firstSeq", "lastSeq"],
    statuses: ["at", "status", "unread"],
    settings: ["revision", "setAt", "desired", "appliedRevision", "appliedAt", "refused"],
}

const values = Object.entries(columns).flatMap(([table, names]) => names.map(name => `${table}."${name}"`))

/** A row for each range of sequence numbers, or one if there is none. */
const selectKnown = `
    SELECT json_array(${values.join(", ")})
    FROM devices
    LEFT JOIN boots ON boots.device = devices.key AND boots.id = ?
    LEFT JOIN received ON received.device = boots.device AND received.boot = boots.boot
        AND "firstSeq" <= ? AND "lastSeq" >= ?
    LEFT JOIN statuses ON statuses.device = devices.key
    LEFT JOIN settings ON settings.device = devices.key
    WHERE devices.id = ?`

/** @returns reads what a post concerns; undefined if there is no such device */
export function knownRowsReader(database: DatabaseSyncInstance): (post: Post) => KnownRows | undefined {
    const statement = database.prepare(selectKnown)
    statement.setReturnArrays(true)
    return ({ device, batch: { boot, seq, values } }) => {
        const texts: [json: string][] = statement.all(boot, seq + values.length, seq - 1, device)
        const [first, ...others] = texts.map(([json]) => rowsOf(json))
        for (const { received } of others) first?.received.push(...received)
        return first
    }
}

/** What one row of the join holds, and that is one of the ranges. */
function rowsOf(json: string): KnownRows {
    const [
        key,
        id,
        name,
        tokenSha256,
        createdAt,
        revokedAt,
        lastSeenAt,
        newestAt,
        boots,
        usageDay,
        usageBoots,
        usageBytes,
        rawDays,
        fiveMinuteDays,
        ...others
    ] = JSON.parse(json)
    const [
        lost,
        rejected,
        undated,
        damaged,
        gap,
        timeUncertaintyS,
        boot,
        bootId,
        bootLost,
        bootRejected,
        bootUndated,
        bootDamaged,
        bootGap,
        bootTimeUncertaintyS,
        firstSeq,
        lastSeq,
        ...reported
    ] = others
    const [at, status, unread, revision, setAt, desired, appliedRevision, appliedAt, refused] = reported
    const device = {
        key,
        id,
        name,
        tokenSha256,
        createdAt,
        revokedAt,
        lastSeenAt,
        newestAt,
        boots,
        usageDay,
        usageBoots,
        usageBytes,
        rawDays,
        fiveMinuteDays,
        lost,
        rejected,
        undated,
        damaged,
        gap,
        timeUncertaintyS,
    }
    const bootLosses = {
        lost: bootLost,
        rejected: bootRejected,
        undated: bootUndated,
        damaged: bootDamaged,
        gap: bootGap,
        timeUncertaintyS: bootTimeUncertaintyS,
    }
    return {
        device,
        boot: boot === null ? undefined : { device: key, boot, id: bootId, ...bootLosses },
        received: firstSeq === null ? [] : [{ firstSeq, lastSeq }],
        status: at === null ? undefined : { device: key, at, status, unread },
        settings:
            revision === null
                ? undefined
                : { device: key, revision, setAt, desired, appliedRevision, appliedAt, refused },
    }
}
