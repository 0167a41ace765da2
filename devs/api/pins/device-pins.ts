/** What each device trusts as flashed: the bundle on its chip, from the manifest of its image. */
import { JsonField } from "../../../certs/json-field.ts"
import type { Database, Sql } from "../store/database.ts"
import { deviceKey } from "../store/devices.ts"
import type { DevicePinsTable } from "../store/tables.ts"

/** A name and key in the bundle of a device. */
export interface PinnedAnchor {
    subject: string
    /** lower-case hex */
    spkiSha256: string
    /** ISO 8601, UTC */
    notAfter: string
    /** YYYY-MM-DD: when trust stores are expected to stop trusting it */
    trustEnds?: string
    /** as `AnchorRole`, "issuer" */
    role: string
}

/** What is stored of a manifest. */
export interface FlashedPins {
    imageFile: string
    /** of the image, lower-case hex */
    imageSha256: string
    /** name of the board, for people */
    board: string
    /** servers the anchors were chosen for, HOST:PORT */
    hosts: string[]
    anchors: PinnedAnchor[]
    /** ESP-IDF's certificate bundle, in either format */
    bundle: Uint8Array
}

export interface StoredPins extends FlashedPins {
    /** Unix seconds */
    storedAt: number
}

/** A device that is not revoked. */
export interface KnownPins {
    id: string
    name: string
    /** absent if nobody has stored the manifest of its image */
    pins?: StoredPins
}

/**
 * Stores what a device trusts, in place of what was stored before.
 *
 * @param storedAt Unix seconds
 * @throws AirpinError DEVICE_UNKNOWN
 */
export function storePins(db: Database, id: string, pins: FlashedPins, storedAt: number): Promise<void> {
    const { hosts, anchors, bundle, imageFile, imageSha256, board } = pins
    const row = {
        ...{ storedAt, imageFile, imageSha256, board },
        hosts: JSON.stringify(hosts),
        anchors: JSON.stringify(anchors),
        bundle: Buffer.from(bundle).toString("base64"),
    }
    return db.transaction(async sql => {
        const device = await deviceKey(sql, id)
        await sql
            .insertInto("devicePins")
            .values({ device, ...row })
            .onConflict(conflict => conflict.column("device").doUpdateSet(row))
            .execute()
    })
}

/** Undefined if none are stored. @throws AirpinError DEVICE_UNKNOWN */
export async function pinsOf(sql: Sql, id: string): Promise<StoredPins | undefined> {
    const device = await deviceKey(sql, id)
    const row = await sql.selectFrom("devicePins").selectAll().where("device", "=", device).executeTakeFirst()
    return row && readRow(row)
}

/** Every device that is not revoked, by id. */
export async function listPins(sql: Sql): Promise<KnownPins[]> {
    const devices = await sql
        .selectFrom("devices")
        .select(["key", "id", "name"])
        .where("revokedAt", "is", null)
        .orderBy("id")
        .execute()
    const rows = await sql.selectFrom("devicePins").selectAll().execute()
    const byDevice = new Map(rows.map(row => [row.device, row]))
    return devices.map(({ key, id, name }) => {
        const row = byDevice.get(key)
        return { id, name, ...(row && { pins: readRow(row) }) }
    })
}

/** What every device that is not revoked trusts, by id; a bundle is absent if none is known. */
export async function devicePinsOf({ sql }: Database): Promise<{ id: string; name: string; bundle?: Uint8Array }[]> {
    return (await listPins(sql)).map(({ id, name, pins }) => ({ id, name, ...(pins && { bundle: pins.bundle }) }))
}

function readRow({ storedAt, imageFile, imageSha256, board, hosts, anchors, bundle }: DevicePinsTable): StoredPins {
    return {
        ...{ storedAt, imageFile, imageSha256, board },
        hosts: JsonField.parse(hosts).list(host => host.text()),
        anchors: JsonField.parse(anchors).list(readAnchor),
        bundle: Buffer.from(bundle, "base64"),
    }
}

function readAnchor(json: JsonField): PinnedAnchor {
    return {
        subject: json.at("subject").text(),
        spkiSha256: json.at("spkiSha256").sha256(),
        notAfter: json.at("notAfter").text(),
        ...(json.has("trustEnds") && { trustEnds: json.at("trustEnds").text() }),
        role: json.at("role").text(),
    }
}
