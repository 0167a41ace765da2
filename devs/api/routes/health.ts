import type { FastifyInstance } from "fastify"
import { errorSchema } from "../error-replies.ts"
import type { Store } from "../store/store.ts"

const healthSchema = {
    summary: "Whether a batch could be stored now",
    response: {
        200: { type: "object", description: "it could", properties: { status: { type: "string", enum: ["ok"] } } },
        "5xx": errorSchema,
    },
}

/** `GET /health`: 200 when the store takes batches, else its error. */
export function healthRoute(app: FastifyInstance, store: Store): void {
    app.get("/health", { schema: healthSchema }, async () => {
        store.check()
        return { status: "ok" }
    })
}
