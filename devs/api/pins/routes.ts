/** What admins see of pins and of the certificate in use. */
import type { FastifyInstance } from "fastify"
import { formatOf } from "../../../certs/bundle/bundle.ts"
import { DEVICE_STANDS, EDGE_OUTCOMES, edgeDaysLeft } from "../../../certs/edge-status.ts"
import { storeErrors } from "../contract/route-errors.ts"
import { deviceParams, objectSchema, responses, secondsSchema } from "../schemas.ts"
import type { Database } from "../store/database.ts"
import { pinsOf, type StoredPins } from "./device-pins.ts"
import { edgeNotice } from "./edge-notice.ts"
import { readEdgeStatus } from "./edge-state.ts"

const text = { type: "string" }
const texts = { type: "array", items: text }
const sha256 = { type: "string", description: "lower-case hex" }
const time = { type: "string", description: "ISO 8601, UTC" }

const anchor = objectSchema(
    {
        subject: text,
        spkiSha256: sha256,
        notAfter: time,
        trustEnds: { type: "string", description: "YYYY-MM-DD: when others are expected to stop trusting it" },
        role: { type: "string", description: "issuer, presented, intermediate, backup or sibling" },
    },
    { optional: ["trustEnds"] },
)

const pinsSchema = objectSchema(
    {
        storedAt: secondsSchema,
        imageFile: text,
        imageSha256: sha256,
        board: text,
        hosts: { ...texts, description: "servers the anchors were chosen for" },
        format: { type: "string", enum: ["idf50", "idf54"], description: "of the bundle, by the first ESP-IDF of it" },
        anchors: { type: "array", items: anchor },
        bundle: { type: "string", description: "as flashed, base64" },
    },
    { nullable: true, description: "null until the manifest of its image is stored" },
)

/** `GET /api/v1/devices/:id/pins`. */
export function pinsRoute(app: FastifyInstance, db: Database): void {
    const usedAnchor = {
        type: "string",
        nullable: true,
        description: "subject of the anchor through which it accepts the certificate in use; null: none, or not known",
    }
    const schema = {
        summary: "What a device trusts as flashed",
        params: deviceParams,
        response: responses(
            "from the manifest of its image",
            objectSchema({ device: text, pins: pinsSchema, usedAnchor }),
        ),
    }
    app.get<{ Params: { id: string } }>(
        "/api/v1/devices/:id/pins",
        { schema, config: { access: "admin", errors: [...storeErrors, "QUERY_MALFORMED", "DEVICE_UNKNOWN"] } },
        async ({ params: { id } }) => {
            const pins = await pinsOf(db.sql, id)
            const status = await readEdgeStatus(db.sql)
            const usedAnchor = status?.devices.find(device => device.id === id)?.anchor ?? null
            return { device: id, pins: pins ? pinsBody(pins) : null, usedAnchor }
        },
    )
}

const pinsBody = ({ bundle, ...pins }: StoredPins) => ({
    ...pins,
    format: formatOf(bundle),
    bundle: Buffer.from(bundle).toString("base64"),
})

const chain = objectSchema(
    {
        source: { type: "string", description: "host of the CA's directory, or certbot" },
        label: { type: "string", description: "default, or the alternate of the CA" },
        names: texts,
        keyType: text,
        path: { ...texts, description: "subjects, leaf first" },
        leafSha256: sha256,
        notBefore: time,
        notAfter: time,
        verified: { type: "boolean", description: "a real handshake has shown that it serves" },
    },
    { description: "in use; absent before the first certificate" },
)

const heldBack = objectSchema({
    source: text,
    label: text,
    keyType: text,
    devices: { type: "array", items: objectSchema({ id: text, name: text, reason: text }) },
    count: { type: "integer", description: "devices that would refuse it, or might, also those not named" },
})

const error = objectSchema({ at: time, code: text, message: text, nextStep: text })

const edgeDevice = objectSchema(
    {
        id: text,
        name: text,
        stand: { type: "string", enum: DEVICE_STANDS, description: "unknown: its pins are not stored" },
        anchor: { type: "string", description: "subject of the anchor through which it accepts the chain" },
        reason: text,
    },
    { optional: ["anchor"] },
)

const edgeSchema = objectSchema(
    {
        version: { type: "integer" },
        at: { ...time, description: "end of the round; ISO 8601, UTC" },
        names: texts,
        outcome: { type: "string", enum: EDGE_OUTCOMES },
        reasons: texts,
        live: chain,
        nextLook: objectSchema({ at: time, why: text }),
        heldBack: { type: "array", items: heldBack, description: "chains not used because devices would refuse them" },
        errors: { type: "array", items: error, description: "since the certificate in use was deployed, latest first" },
        devices: { type: "array", items: edgeDevice },
        daysLeft: { type: "integer", nullable: true, description: "of the certificate in use; null: there is none" },
        needsAction: { type: "boolean" },
        notice: { type: "string", description: "what is wrong, or that nothing is, in plain words" },
    },
    { optional: ["live"], nullable: true, description: "null if no round of airpin renew has reported here" },
)

/** `GET /api/v1/edge`. */
export function edgeRoute(app: FastifyInstance, db: Database): void {
    const schema = {
        summary: "The certificate that airpin renew looks after, and what devices do with it",
        response: responses("as the last round reported it", objectSchema({ now: secondsSchema, edge: edgeSchema })),
    }
    app.get("/api/v1/edge", { schema, config: { access: "admin", errors: storeErrors } }, async ({ nowMs }) => {
        const now = Math.floor(nowMs / 1000)
        const status = await readEdgeStatus(db.sql)
        if (status === undefined) return { now, edge: null }
        const { needsAction, text: notice } = edgeNotice(status, now)
        const daysLeft = edgeDaysLeft(status, new Date(nowMs)) ?? null
        return { now, edge: { ...status, daysLeft, needsAction, notice } }
    })
}
