import swagger from "@fastify/swagger"
import fastify, { type FastifyInstance } from "fastify"
import { plainJsonType, replyToErrors, sendError, stamp } from "./error-replies.ts"
import { Reads } from "./reads/reads.ts"
import { deviceRoutes } from "./routes/devices.ts"
import { healthRoute } from "./routes/health.ts"
import { ingestRoute } from "./routes/ingest.ts"
import { pageRoutes } from "./routes/page.ts"
import { readingsRoute } from "./routes/readings.ts"
import { csvRoute } from "./routes/readings-csv.ts"
import type { Store } from "./store/store.ts"

export interface AppOptions {
    store: Store
    /** clock of `Date` headers and ages, ms since 1970; Date.now when absent */
    now?: () => number
    /** logs JSON lines to stdout, without any header; off when absent */
    logger?: boolean
}

const openapi = {
    info: {
        title: "airpin",
        version: "1",
        description: "Readings of air-quality devices. Times in JSON are Unix seconds.",
    },
    components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
} as const

/**
 * Builds the API and its page, ready for `serve` or `app.inject`. It does not
 * listen, and closing it leaves the store open.
 *
 * Storing needs a token, reading does not. Every error response is
 * `{code, message}`.
 */
export function buildApp({ store, now = Date.now, logger = false }: AppOptions): FastifyInstance {
    store.neverWait()
    const app = fastify({
        logger,
        // without coercion null stays an error and does not become 0
        ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
        // a URL that cannot be decoded reaches no hook
        frameworkErrors: (error, request, reply) => {
            stamp(request, reply, now())
            sendError(error, reply)
        },
    })
    app.removeContentTypeParser("text/plain")
    app.decorate("now", now)
    app.decorateRequest("nowMs", 0)
    app.addHook("onRequest", async (request, reply) => stamp(request, reply, now()))
    app.addHook("onSend", async (_request, reply) => plainJsonType(reply))
    replyToErrors(app)
    app.register(swagger, { openapi })
    const reads = new Reads(store)
    app.addHook("onClose", () => reads.close())
    app.register(async routes => addRoutes(routes, store, reads))
    return app
}

function addRoutes(app: FastifyInstance, store: Store, reads: Reads): void {
    ingestRoute(app, store)
    deviceRoutes(app, reads)
    readingsRoute(app, reads)
    csvRoute(app, reads)
    healthRoute(app, store)
    pageRoutes(app)
    app.get("/openapi.json", { schema: { hide: true } }, async () => app.swagger())
}

declare module "fastify" {
    interface FastifyInstance {
        /** clock of this app, ms since 1970 */
        now(): number
    }
    interface FastifyRequest {
        /** time of arrival, ms since 1970: every age in the response counts from here */
        nowMs: number
    }
}
