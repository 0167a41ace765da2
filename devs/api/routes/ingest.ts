import type { FastifyInstance, FastifyRequest } from "fastify"
import type { Batch } from "../../../src/wire.ts"
import { batchSchema, timedBatch } from "../batch.ts"
import { settingsProperties } from "../desired-settings.ts"
import { authenticate } from "../device-registry.ts"
import { errorSchema } from "../error-replies.ts"
import { fittingStatus, type ReportedStatus, statusSchema } from "../status.ts"
import type { Store } from "../store/store.ts"

/** A batch of 60 readings with all five quantities takes about 2 kB. */
const MAX_BODY_BYTES = 16 * 1024

const ingestSchema = {
    summary: "Store a batch of readings",
    description:
        "Idempotent by device, boot and sequence number: sent again, a reading keeps what is stored. Answered after the commit.",
    security: [{ token: [] }],
    body: batchSchema,
    response: {
        200: {
            type: "object",
            description: "stored: every reading of this boot up to `ack` is on the server or was reported lost",
            properties: {
                ack: { type: "integer" },
                desired: {
                    type: "object",
                    description:
                        "settings that are wanted, in answer to a status, until one has the receipt of this revision",
                    properties: { revision: { type: "integer" }, ...settingsProperties },
                },
            },
        },
        "4xx": errorSchema,
        "5xx": errorSchema,
    },
}

/** `POST /api/v1/readings`: the token is checked before the body is read. */
export function ingestRoute(app: FastifyInstance, store: Store): void {
    app.decorateRequest("deviceId", "")
    app.route<{ Body: Batch }>({
        method: "POST",
        url: "/api/v1/readings",
        schema: ingestSchema,
        bodyLimit: MAX_BODY_BYTES,
        onRequest: async request => {
            request.deviceId = authenticate(store, request.headers.authorization).id
        },
        handler: async request => {
            const nowS = Math.floor(request.nowMs / 1000)
            const { ack, desired } = store.append(
                request.deviceId,
                timedBatch(request.body, nowS),
                nowS,
                reportedStatus(request),
            )
            return { ack, desired }
        },
    })
}

function reportedStatus(request: FastifyRequest<{ Body: Batch }>): ReportedStatus | undefined {
    if (request.body.status === undefined) return undefined
    return fittingStatus(request.body.status, request.compileValidationSchema(statusSchema))
}

declare module "fastify" {
    interface FastifyRequest {
        /** device whose token came with the request */
        deviceId: string
    }
}
