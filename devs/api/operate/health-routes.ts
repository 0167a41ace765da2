/** `GET /live`, `/ready` and `/health`: for service managers, balancers and monitors. Anyone may ask. */
import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from "fastify"
import { writeErrors } from "../contract/route-errors.ts"
import { objectSchema, responses } from "../schemas.ts"
import type { Readiness } from "./readiness.ts"

const status = objectSchema({ status: { type: "string", enum: ["ok"] } })

export function healthRoutes(app: FastifyInstance, readiness: Readiness): void {
    const live = { summary: "Checks that the process answers", response: responses("it does", status) }
    app.get("/live", { schema: live, config: { access: "everyone" } }, async () => ({ status: "ok" }))
    const ready = {
        summary: "Checks that a batch could be stored now",
        description:
            "The time of the server can be right, a row was written within 5 seconds, and there is space on the disk. A result counts for 2 seconds.",
        response: responses("a batch could be stored", status),
    }
    const errors = [...writeErrors, "DISK_LOW", "STORE_TIMEOUT"] satisfies typeof writeErrors
    const config = { access: "everyone", errors } satisfies FastifyContextConfig
    const handler = async (request: FastifyRequest) => {
        await readiness.check(request.nowMs)
        return { status: "ok" }
    }
    app.get("/ready", { schema: ready, config }, handler)
    app.get("/health", { schema: { ...ready, summary: "The same as /ready" }, config }, handler)
}
