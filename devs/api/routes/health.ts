import type { FastifyInstance } from "fastify"
import type { ClockCheck } from "../clock-check.ts"
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

/** `GET /health`: 200 if a batch would be stored, otherwise the error that it would get. */
export function healthRoute(app: FastifyInstance, store: Store, clock: ClockCheck): void {
    app.get("/health", { schema: healthSchema }, async request => {
        clock.check(Math.floor(request.nowMs / 1000))
        await whenFree(() => store.check())
        return { status: "ok" }
    })
}
