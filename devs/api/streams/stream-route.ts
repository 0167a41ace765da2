import { Readable } from "node:stream"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { readErrors } from "../contract/route-errors.ts"
import type { Reads } from "../reads/reads.ts"
import { isHead, sendHead } from "../routes/head.ts"
import type { DeviceShown } from "./changes.ts"
import { firstEvents, Live } from "./live.ts"
import { eventText, type Subscription } from "./subscription.ts"

const STREAM_TYPE = "text/event-stream"

/** A browser connects again on its own, and then shows again that it may read: a link may have been revoked. */
const MAX_STREAM_MS = 60_000

/** How long a browser waits before it connects again, ms. */
const RETRY_MS = 2_000

/** Characters of first events in one chunk. */
const CHUNK_LENGTH = 64 * 1024

const schema = {
    summary: "Changes of devices as they happen (server-sent events)",
    description: [
        "The data of each event is JSON: of `devices` as the schema StreamDevices (first, and when a device is added or deleted), of `device` as StreamDevice (first each device, then each that has posted or changed, at most 2 s after the commit plus a query), of `time` as StreamTime (every 10 s while the database responds).",
        "With `Last-Event-ID`, the first events leave out devices that were not seen since. A client that is slow gets the newest state of each device only. The server ends a stream after a minute; a browser then connects again.",
    ].join(" "),
    headers: {
        type: "object",
        properties: { "last-event-id": { type: "string", description: "`id` of the last event that was received" } },
    },
    response: {
        200: { description: "a stream of events", content: { [STREAM_TYPE]: { schema: { type: "string" } } } },
    },
}

export interface StreamOptions {
    reads: Reads
    /** ms since 1970 */
    now: () => number
    pollIntervalMs?: number | undefined
}

/** Adds `GET /api/v1/stream`. */
export function addStreams(app: FastifyInstance, { reads, now, pollIntervalMs }: StreamOptions): void {
    const nowS = () => Math.floor(now() / 1000)
    const live = new Live({
        source: {
            marks: () => reads.run("marks", {}),
            views: ids => reads.run("devicesById", { ids, nowS: nowS() }),
        },
        now,
        onError: error => app.log.warn({ err: error }, "stream"),
        pollIntervalMs,
    })
    app.decorate("endStreams", () => live.close())
    app.addHook("preClose", async () => live.close())
    app.register(async routes => streamRoute(routes, { live, reads, nowS }))
}

interface Streams {
    live: Live
    reads: Reads
    nowS: () => number
}

function streamRoute(app: FastifyInstance, { live, reads, nowS }: Streams): void {
    app.get(
        "/api/v1/stream",
        { schema, config: { access: "list", errors: readErrors }, compress: false },
        async (request, reply) => {
            if (isHead(request)) return sendHead(reply, STREAM_TYPE)
            const shown = request.reader?.device ?? null
            const subscription = await live.listen(shown)
            const leave = () => live.leave(subscription)
            const devices = await devicesOf(reads, shown, nowS()).catch(error => {
                leave()
                throw error
            })
            const first = firstEvents(devices, nowS(), positionOf(request)).map(eventText)
            return send(reply, subscription, first, leave)
        },
    )
}

/** @param shown id of the only device that the listener may see; null: every device */
function devicesOf(reads: Reads, shown: string | null, nowS: number): Promise<DeviceShown[]> {
    return shown === null ? reads.run("devices", { nowS }) : reads.run("devicesById", { ids: [shown], nowS })
}

/** undefined for an id that this server did not give. */
function positionOf({ headers }: FastifyRequest): number | undefined {
    const id = headers["last-event-id"]
    return typeof id === "string" && /^\d{1,12}$/.test(id) ? Number(id) : undefined
}

function send(reply: FastifyReply, subscription: Subscription, first: string[], leave: () => void): FastifyReply {
    const timer = setTimeout(leave, MAX_STREAM_MS).unref()
    reply.raw.once("close", () => {
        clearTimeout(timer)
        leave()
    })
    // it may have been closed during the query
    if (reply.raw.destroyed) leave()
    // for nginx, which would otherwise keep events until its buffer is full
    reply.header("x-accel-buffering", "no").header("cache-control", "no-store")
    return reply.type(STREAM_TYPE).send(Readable.from(textsOf(subscription, first), { highWaterMark: 1 }))
}

async function* textsOf(subscription: Subscription, first: string[]): AsyncGenerator<string> {
    let chunk = `retry: ${RETRY_MS}\n\n`
    for (const text of first) {
        if (chunk.length > CHUNK_LENGTH) {
            yield chunk
            chunk = ""
        }
        chunk += text
    }
    yield chunk
    yield* subscription.texts()
}

declare module "fastify" {
    interface FastifyInstance {
        /** ends the streams of changes, which would not end by themselves */
        endStreams(): void
    }
}
