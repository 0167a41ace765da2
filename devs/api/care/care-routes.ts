/** What the page for the person who looks after the devices asks and changes; for admins. */
import type { FastifyInstance } from "fastify"
import { nowSOf } from "../access/credentials.ts"
import { listAlerts } from "../alerts/alert-store.ts"
import { storeErrors } from "../contract/route-errors.ts"
import { listPins } from "../pins/device-pins.ts"
import { objectSchema, responses, secondsSchema } from "../schemas.ts"
import type { Database } from "../store/database.ts"
import { sharedAnchors } from "./anchors.ts"
import { deviceChangeRoutes } from "./device-routes.ts"
import { settingsRoutes } from "./settings-routes.ts"

/** Alerts that are shown: `pruneAlerts` keeps those of a year. */
const MAX_ALERTS = 200

const text = { type: "string" }
const nullableText = { ...text, nullable: true }
const nullableSeconds = { ...secondsSchema, nullable: true }

const delivery = objectSchema({
    channel: text,
    event: { ...text, description: "raised or resolved" },
    status: { ...text, description: "pending, delivered, cancelled or failed" },
    attempts: { type: "integer" },
    error: { ...nullableText, description: "why the last attempt failed" },
})

const alert = objectSchema({
    id: text,
    kind: { ...text, description: "co2, silent, sensor, certificate, pin, disk, clock or edge" },
    deviceId: nullableText,
    deviceName: nullableText,
    openedAt: secondsSchema,
    resolvedAt: { ...nullableSeconds, description: "null: it is open" },
    text,
    deliveries: { type: "array", items: delivery },
})

const alertsSchema = {
    summary: "The open alerts, and those that ended",
    response: responses(
        `open ones first, then the newest; at most ${MAX_ALERTS}`,
        objectSchema({ now: secondsSchema, alerts: { type: "array", items: alert } }),
    ),
}

const device = objectSchema({ id: text, name: text })

const anchorsSchema = {
    summary: "What devices trust as flashed, when it ends, and which devices hang on it",
    response: responses(
        "the anchor that ends first in front",
        objectSchema({
            now: secondsSchema,
            anchors: {
                type: "array",
                items: objectSchema({
                    subject: text,
                    spkiSha256: { ...text, description: "lower-case hex" },
                    endsAt: {
                        ...secondsSchema,
                        description: "its end, or when others are expected to stop trusting it; Unix seconds",
                    },
                    devices: { type: "array", items: device },
                }),
            },
            unknown: { type: "array", items: device, description: "devices whose pins are not stored" },
        }),
    ),
}

/** `GET /api/v1/alerts`, `GET /api/v1/anchors`, and the routes that change devices. */
export function careRoutes(app: FastifyInstance, db: Database): void {
    const config = { access: "admin", errors: storeErrors } as const
    app.get("/api/v1/alerts", { schema: alertsSchema, config }, async request => ({
        now: nowSOf(request),
        alerts: await listAlerts(db.sql, MAX_ALERTS),
    }))
    app.get("/api/v1/anchors", { schema: anchorsSchema, config }, async request => {
        const devices = await listPins(db.sql)
        const unknown = devices.filter(({ pins }) => pins === undefined).map(({ id, name }) => ({ id, name }))
        return { now: nowSOf(request), anchors: sharedAnchors(devices), unknown }
    })
    deviceChangeRoutes(app, db)
    settingsRoutes(app, db)
}
