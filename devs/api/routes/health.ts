import type { FastifyInstance } from "fastify"
import { errorSchema } from "../error-replies.ts"
import type { Store } from "../store/store.ts"
import { whenFree } from "../store/when-free.ts"

const healthSchema = {
    summary: "Checks that a batch could be stored now",
    response: {
        200: {
            type: "object",
            description: "a batch could be stored",
            properties: { status: { type: "string", enum: ["ok"] } },
        },
        "5xx": errorSchema,
    },
}

/** `GET /health`: 200 if the store takes batches, otherwise its error. */
export function healthRoute(app: FastifyInstance, store: Store): void {
    app.get("/health", { schema: healthSchema }, async () => {
        await whenFree(() => store.check())
        return { status: "ok" }
    })
}
