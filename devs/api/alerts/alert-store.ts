/** Alerts and their deliveries in the database: what was sent is known after a restart, and to every process. */
import { randomBytes } from "node:crypto"
import type { Database, Sql } from "../store/database.ts"
import type { AlertTable } from "../store/tables.ts"
import type { AlertChanges, OpenAlert } from "./changes.ts"
import type { ChannelName } from "./channels/channel.ts"
import type { AlertKind, Judgement } from "./conditions.ts"
import type { AlertEvent, AlertMessage } from "./message.ts"

/** Days after which an alert that has ended is deleted. */
const HISTORY_DAYS = 365
const DAY_S = 86_400

/** Deliveries that one query returns. */
const MAX_DUE = 20

/** A message that a channel has yet to send. */
export interface Delivery {
    message: AlertMessage
    event: Exclude<AlertEvent, "test">
    channel: ChannelName
    /** attempts made before */
    attempts: number
}

export async function openAlerts(sql: Sql): Promise<OpenAlert[]> {
    const rows = await sql.selectFrom("alerts").selectAll().where("openKey", "is not", null).execute()
    const waiting = await sql
        .selectFrom("alertDeliveries")
        .select("alert")
        .distinct()
        .where("status", "=", "pending")
        .execute()
    const pending = new Set(waiting.map(({ alert }) => alert))
    return rows.map(row => {
        const { id, key, kind, text } = row
        return { id, key, kind, device: deviceOf(row), text, isPending: pending.has(id) }
    })
}

function deviceOf({ device, deviceId, deviceName }: AlertTable): OpenAlert["device"] {
    if (device === null) return null
    return { key: device, id: deviceId ?? "", name: deviceName ?? "" }
}

/** Saves what has changed, with a delivery to each of the channels. */
export async function saveChanges(
    db: Database,
    changes: AlertChanges,
    channels: ChannelName[],
    nowS: number,
): Promise<void> {
    const { raised, resolved, reworded } = changes
    if (raised.length + resolved.length + reworded.length === 0) return
    await db.transaction(async sql => {
        for (const judgement of raised) await raise(sql, judgement, channels, nowS)
        for (const { alert, text, values } of resolved) await resolve(sql, alert.id, text, values, nowS)
        for (const { alert, text, values } of reworded)
            await sql
                .updateTable("alerts")
                .set({ text, details: JSON.stringify(values) })
                .where("id", "=", alert.id)
                .where("openKey", "is not", null)
                .execute()
    })
}

async function raise(sql: Sql, judgement: Judgement, channels: ChannelName[], nowS: number): Promise<void> {
    const { key, kind, device, text, values } = judgement
    const id = randomBytes(8).toString("hex")
    const { numInsertedOrUpdatedRows } = await sql
        .insertInto("alerts")
        .values({
            id,
            key,
            openKey: key,
            kind,
            device: device?.key ?? null,
            deviceId: device?.id ?? null,
            deviceName: device?.name ?? null,
            openedAt: nowS,
            resolvedAt: null,
            text,
            details: JSON.stringify(values),
        })
        .onConflict(conflict => conflict.column("openKey").doNothing())
        .executeTakeFirstOrThrow()
    if (Number(numInsertedOrUpdatedRows) === 1) await addDeliveries(sql, id, "raised", channels, nowS)
}

/** Nobody is told that an alert is over who was never told of it. */
async function resolve(sql: Sql, id: string, text: string, values: Judgement["values"], nowS: number): Promise<void> {
    const { numUpdatedRows } = await sql
        .updateTable("alerts")
        .set({ openKey: null, resolvedAt: nowS, text, details: JSON.stringify(values) })
        .where("id", "=", id)
        .where("openKey", "is not", null)
        .executeTakeFirstOrThrow()
    if (Number(numUpdatedRows) === 0) return
    const told = await sql
        .selectFrom("alertDeliveries")
        .select("channel")
        .where("alert", "=", id)
        .where("event", "=", "raised")
        .where("status", "=", "delivered")
        .execute()
    await sql
        .updateTable("alertDeliveries")
        .set({ status: "cancelled", doneAt: nowS })
        .where("alert", "=", id)
        .where("status", "=", "pending")
        .execute()
    await addDeliveries(
        sql,
        id,
        "resolved",
        told.map(({ channel }) => channel),
        nowS,
    )
}

async function addDeliveries(
    sql: Sql,
    alert: string,
    event: Delivery["event"],
    channels: ChannelName[],
    nowS: number,
): Promise<void> {
    if (channels.length === 0) return
    const row = {
        alert,
        event,
        status: "pending" as const,
        attempts: 0,
        nextAttemptAt: nowS,
        doneAt: null,
        error: null,
    }
    await sql
        .insertInto("alertDeliveries")
        .values(channels.map(channel => ({ ...row, channel })))
        .onConflict(conflict => conflict.columns(["alert", "event", "channel"]).doNothing())
        .execute()
}

/**
 * What a channel is to send now, the longest waiting first.
 *
 * @param maxWaitS no delivery waits longer: one that seems to was planned while the clock was wrong
 */
export async function dueDeliveries(
    sql: Sql,
    channel: ChannelName,
    nowS: number,
    maxWaitS: number,
): Promise<Delivery[]> {
    const rows = await sql
        .selectFrom("alertDeliveries")
        .innerJoin("alerts", "alerts.id", "alertDeliveries.alert")
        .selectAll("alerts")
        .select(["alertDeliveries.event", "alertDeliveries.attempts"])
        .where("alertDeliveries.channel", "=", channel)
        .where("alertDeliveries.status", "=", "pending")
        .where(({ or, eb }) =>
            or([
                eb("alertDeliveries.nextAttemptAt", "<=", nowS),
                eb("alertDeliveries.nextAttemptAt", ">", nowS + maxWaitS),
            ]),
        )
        .orderBy("alertDeliveries.nextAttemptAt")
        .orderBy("alerts.openedAt")
        .orderBy("alerts.id")
        .limit(MAX_DUE)
        .execute()
    return rows.map(({ event, attempts, ...row }) => ({ message: messageOf(row, event), event, channel, attempts }))
}

function messageOf(row: AlertTable, event: Delivery["event"]): AlertMessage {
    const { id, kind, deviceId, deviceName, openedAt, resolvedAt, text, details } = row
    const device = deviceId === null ? null : { id: deviceId, name: deviceName ?? deviceId }
    return { id, event, kind, device, text, openedAt, resolvedAt, values: JSON.parse(details) }
}

/**
 * Counts an attempt before it is made, so that no process makes the same one.
 *
 * @param nextAttemptAt when the next one is due if this one fails, or if nobody learns of its end
 * @returns false if another process was first, or if the alert has ended
 */
export function claim(db: Database, delivery: Delivery, nextAttemptAt: number): Promise<boolean> {
    return db.transaction(async sql => {
        const { numUpdatedRows } = await deliveryUpdate(sql, delivery)
            .set({ attempts: delivery.attempts + 1, nextAttemptAt })
            .where("attempts", "=", delivery.attempts)
            .where("status", "=", "pending")
            .executeTakeFirstOrThrow()
        return Number(numUpdatedRows) === 1
    })
}

/** Saves that a message was sent. If its alert ended meanwhile, the recovery is sent too. */
export async function saveDelivered(db: Database, delivery: Delivery, nowS: number): Promise<void> {
    await db.transaction(async sql => {
        await deliveryUpdate(sql, delivery).set({ status: "delivered", doneAt: nowS, error: null }).execute()
        if (delivery.event === "resolved") return
        const { id } = delivery.message
        const row = await sql.selectFrom("alerts").select("resolvedAt").where("id", "=", id).executeTakeFirst()
        if (typeof row?.resolvedAt === "number") await addDeliveries(sql, id, "resolved", [delivery.channel], nowS)
    })
}

/** Saves why an attempt failed. @param isLast there will be no other */
export async function saveFailed(
    db: Database,
    delivery: Delivery,
    error: string,
    isLast: boolean,
    nowS: number,
): Promise<void> {
    const given = isLast ? { status: "failed" as const, doneAt: nowS } : {}
    await db.transaction(sql =>
        deliveryUpdate(sql, delivery)
            .set({ error, ...given })
            .where("status", "=", "pending")
            .execute(),
    )
}

function deliveryUpdate(sql: Sql, { message, event, channel }: Delivery) {
    return sql
        .updateTable("alertDeliveries")
        .where("alert", "=", message.id)
        .where("event", "=", event)
        .where("channel", "=", channel)
}

/** An alert for people: open ones have no `resolvedAt`. */
export interface ListedAlert {
    id: string
    kind: AlertKind
    deviceId: string | null
    deviceName: string | null
    openedAt: number
    resolvedAt: number | null
    text: string
    deliveries: { channel: ChannelName; event: string; status: string; attempts: number; error: string | null }[]
}

/** Open alerts first, then those that ended, the newest first. */
export async function listAlerts(sql: Sql, limit: number): Promise<ListedAlert[]> {
    const rows = await sql
        .selectFrom("alerts")
        .select(["id", "kind", "deviceId", "deviceName", "openedAt", "resolvedAt", "text"])
        .orderBy(({ eb }) => eb.case().when("openKey", "is not", null).then(0).else(1).end())
        .orderBy("openedAt", "desc")
        .orderBy("id")
        .limit(limit)
        .execute()
    const ids = rows.map(({ id }) => id)
    const deliveries =
        ids.length === 0
            ? []
            : await sql
                  .selectFrom("alertDeliveries")
                  .select(["alert", "channel", "event", "status", "attempts", "error"])
                  .where("alert", "in", ids)
                  .orderBy("event")
                  .orderBy("channel")
                  .execute()
    return rows.map(row => ({
        ...row,
        deliveries: deliveries.filter(({ alert }) => alert === row.id).map(({ alert: _, ...delivery }) => delivery),
    }))
}

/** Ends an alert by hand; it is raised again if it holds at the next look. @returns false if it is not open */
export async function closeAlert(db: Database, id: string, nowS: number): Promise<boolean> {
    return db.transaction(async sql => {
        const open = (await openAlerts(sql)).find(alert => alert.id === id)
        if (open === undefined) return false
        await resolve(sql, id, `${open.text} (closed by hand)`, {}, nowS)
        return true
    })
}

/** Deletes alerts that ended long ago. */
export async function pruneAlerts(db: Database, nowS: number): Promise<void> {
    const endedBefore = nowS - HISTORY_DAYS * DAY_S
    await db.transaction(async sql => {
        const old = sql.selectFrom("alerts").select("id").where("resolvedAt", "<", endedBefore)
        await sql.deleteFrom("alertDeliveries").where("alert", "in", old).execute()
        await sql.deleteFrom("alerts").where("resolvedAt", "<", endedBefore).execute()
    })
}
