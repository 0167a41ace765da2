/** What the server counts and measures, for Prometheus: https://prometheus.io/docs/practices/naming/ */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client"
import type { Connections } from "./connections.ts"
import type { OpenResponses } from "./open-responses.ts"

/** Seconds. A post takes 1 to 20 ms; a device gives up after 20 s. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Gauges of prom-client whose names promise counters; `promtool check metrics` refuses them. */
const MISNAMED = ["nodejs_active_handles_total", "nodejs_active_requests_total", "nodejs_active_resources_total"]

export interface ObservedServer {
    connections: Pick<Connections, "count">
    responses: Pick<OpenResponses, "count" | "unsentBytes">
}

/** Each process has its own; on a restart counters begin at 0 again, as Prometheus expects. */
export class Metrics {
    readonly registry = new Registry()

    readonly posts = this.#counter("airpin_posts_total", "Posts of readings by result: OK or an error code", ["code"])
    readonly readings = this.#counter(
        "airpin_readings_total",
        "Readings in posts: stored, repeated (stored before) or rejected (the device drops them)",
        ["result"],
    )
    readonly requests = this.#counter(
        "airpin_requests_total",
        "Other requests by route and result: OK or an error code",
        ["method", "route", "code"],
    )
    readonly postSeconds = this.#histogram("airpin_post_duration_seconds", "Time from a post to its response", [])
    readonly readSeconds = this.#histogram("airpin_read_duration_seconds", "Time from a read to its response", [
        "route",
    ])
    readonly connectionsRefused = this.#counter(
        "airpin_connections_refused_total",
        "Connections closed at once because of a limit",
        ["limit"],
    )
    readonly connectionsFailed = this.#counter(
        "airpin_connections_failed_total",
        "Connections that ended in an error: of TLS (such as a client that does not trust the server), of HTTP, or lost",
        ["kind"],
    )
    readonly responsesCut = this.#counter(
        "airpin_responses_cut_total",
        "Responses cut off because their clients left too much unread",
        [],
    )

    readonly alertDeliveries = this.#counter(
        "airpin_alert_deliveries_total",
        "Messages about alerts: delivered, or failed (most are tried again)",
        ["channel", "result"],
    )

    constructor() {
        for (const result of ["stored", "repeated", "rejected"]) this.readings.inc({ result }, 0)
        for (const limit of ["total", "perAddress"]) this.connectionsRefused.inc({ limit }, 0)
    }

    /** Adds memory, processor time, event loop lag and garbage collection of this process. */
    observeProcess(): void {
        collectDefaultMetrics({ register: this.registry })
        for (const name of MISNAMED) this.registry.removeSingleMetric(name)
    }

    /** Adds what is open now. */
    observe({ connections, responses }: ObservedServer): void {
        this.gauge("airpin_connections", "Open connections", () => connections.count)
        this.gauge("airpin_responses_open", "Requests without a complete response", () => responses.count)
        this.gauge("airpin_responses_unsent_bytes", "Bytes that wait for clients to read", () => responses.unsentBytes)
    }

    /** A value that is read when it is asked for; left out if that fails, or while there is none. */
    gauge(name: string, help: string, value: () => number | Promise<number | undefined>): void {
        const collect = async function (this: Gauge): Promise<void> {
            const found = await Promise.resolve(value()).catch(() => undefined)
            if (found === undefined) this.remove()
            else this.set(found)
        }
        this.registry.registerMetric(new Gauge({ name, help, registers: [], collect }))
    }

    #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
        return new Counter({ name, help, labelNames, registers: [this.registry] })
    }

    #histogram<Label extends string>(name: string, help: string, labelNames: Label[]): Histogram<Label> {
        return new Histogram({ name, help, labelNames, buckets: DURATION_BUCKETS, registers: [this.registry] })
    }
}

declare module "fastify" {
    interface FastifyInstance {
        metrics: Metrics
    }
}
