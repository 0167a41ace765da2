import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { ReadingRejected } from "../rejected-reading.ts"
import { Metrics } from "./metrics.ts"

/** What became of the readings of a post. */
export interface StoredReadings {
    inserted: number
    repeated: number
}

/** Counts and times every request, by the pattern of its route: the number of label values is that of the routes. */
export function measureRequests(app: FastifyInstance): void {
    const metrics = new Metrics()
    app.decorate("metrics", metrics)
    app.decorateRequest("storedReadings", null)
    app.addHook("onResponse", (request, reply, done) => {
        measure(metrics, request, reply)
        done()
    })
}

function measure(metrics: Metrics, request: FastifyRequest, reply: FastifyReply): void {
    const { method, failure, storedReadings } = request
    const code = failure?.code ?? "OK"
    const route = request.routeOptions.url ?? "none"
    const seconds = reply.elapsedTime / 1000
    if (method !== "POST" || !route.endsWith("/readings")) {
        metrics.requests.inc({ method: route === "none" ? "any" : method, route, code })
        if (!isStream(reply)) metrics.readSeconds.observe({ route }, seconds)
        return
    }
    metrics.posts.inc({ code })
    metrics.postSeconds.observe(seconds)
    if (failure?.error instanceof ReadingRejected) metrics.readings.inc({ result: "rejected" })
    if (storedReadings === null) return
    metrics.readings.inc({ result: "stored" }, storedReadings.inserted)
    metrics.readings.inc({ result: "repeated" }, storedReadings.repeated)
}

/** It lasts as long as its reader likes. */
const isStream = (reply: FastifyReply) => String(reply.getHeader("content-type")).startsWith("text/event-stream")

declare module "fastify" {
    interface FastifyRequest {
        /** of a post that was stored */
        storedReadings: StoredReadings | null
    }
}
