/** `GET /metrics`, for Prometheus. */
import type { FastifyInstance, FastifyRequest } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import { isLoopback } from "./connections.ts"

const schema = {
    summary: "Counts and measurements for Prometheus",
    description: "For programs on the server's machine, and for those that send METRICS_TOKEN as a bearer token.",
    response: {
        200: {
            description: "https://prometheus.io/docs/instrumenting/exposition_formats/",
            content: { "text/plain": { schema: { type: "string" } } },
        },
    },
}

/** @param token that others than this machine must send; undefined: only this machine may ask */
export function metricsRoute(app: FastifyInstance, token: string | undefined): void {
    app.get("/metrics", { schema, config: { errors: ["METRICS_FORBIDDEN"] } }, async (request, reply) => {
        requireReader(request, token)
        const { registry } = app.metrics
        return reply.type(registry.contentType).send(await registry.metrics())
    })
}

/**
 * A request that came through a proxy on this machine is not this machine's.
 *
 * @throws AirpinError METRICS_FORBIDDEN
 */
function requireReader({ socket, headers }: FastifyRequest, token: string | undefined): void {
    const isForwarded = headers["x-forwarded-for"] !== undefined || headers.forwarded !== undefined
    if (isLoopback(socket.remoteAddress ?? "") && !isForwarded) return
    // hashes, so that the time of the comparison says nothing about the token
    if (token !== undefined && sha256Of(headers.authorization ?? "") === sha256Of(`Bearer ${token}`)) return
    throw new AirpinError("METRICS_FORBIDDEN", "metrics are shown to this machine, or with the token of METRICS_TOKEN")
}
