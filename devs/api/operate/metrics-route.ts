/** `GET /metrics`, for Prometheus: it has readings, so it needs a link for every device, as a bearer token. */
import type { FastifyInstance } from "fastify"

const schema = {
    summary: "Counts and measurements for Prometheus",
    response: {
        200: {
            description: "https://prometheus.io/docs/instrumenting/exposition_formats/",
            content: { "text/plain": { schema: { type: "string" } } },
        },
    },
}

export function metricsRoute(app: FastifyInstance): void {
    app.get("/metrics", { schema, config: { access: "all" } }, async (_request, reply) => {
        const { registry } = app.metrics
        return reply.type(registry.contentType).send(await registry.metrics())
    })
}
