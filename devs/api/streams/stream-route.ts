import { Readable } from "node:stream"
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { readErrors } from "../contract/route-errors.ts"
import type { Reads } from "../reads/reads.ts"
import { isHead, sendHead } from "../routes/head.ts"
import { firstEvents, Live } from "./live.ts"
import { eventText, type Subscription } from "./subscription.ts"
import { devicesView, type View, wallView } from "./views.ts"

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
        "With `view=wall` there are `rooms` instead of `devices`, and `room` as StreamRoom instead of `device`: members of a WallRoom that may have changed, for a client to merge into what it has; first two events for each room, with all of them.",
        "With `Last-Event-ID`, the first events leave out devices that were not seen since. A client that is slow gets the newest state of each device only. The server ends a stream after a minute; a browser then connects again.",
    ].join(" "),
    querystring: {
        type: "object",
        additionalProperties: false,
        properties: { view: { type: "string", enum: ["devices", "wall"], description: "devices if absent" } },
    },
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

/** A view and those who listen to it. */
interface Stream extends View {
    live: Live
}

/** Adds `GET /api/v1/stream`. */
export function addStreams(app: FastifyInstance, { reads, now, pollIntervalMs }: StreamOptions): void {
    const nowS = () => Math.floor(now() / 1000)
    const onError = (error: unknown) => app.log.warn({ err: error }, "stream")
    const listened = (view: View): Stream => ({ ...view, live: new Live({ ...view, now, onError, pollIntervalMs }) })
    const streams = { devices: listened(devicesView(reads, nowS)), wall: listened(wallView(reads)) }
    const close = () => {
        for (const { live } of Object.values(streams)) live.close()
    }
    app.decorate("endStreams", close)
    app.addHook("preClose", async () => close())
    app.register(async routes => streamRoute(routes, streams, nowS))
}

interface StreamRequest {
    Querystring: { view?: "devices" | "wall" }
}

function streamRoute(app: FastifyInstance, streams: Record<"devices" | "wall", Stream>, nowS: () => number): void {
    const config: FastifyContextConfig = { access: "list", errors: [...readErrors, "QUERY_MALFORMED"] }
    app.get<StreamRequest>("/api/v1/stream", { schema, config, compress: false }, async (request, reply) => {
        if (isHead(request)) return sendHead(reply, STREAM_TYPE)
        const { live, names, first } = streams[request.query.view ?? "devices"]
        const shown = request.reader?.device ?? null
        const subscription = await live.listen(shown)
        const leave = () => live.leave(subscription)
        const devices = await first(shown).catch(error => {
            leave()
            throw error
        })
        const events = firstEvents(names, devices, nowS(), positionOf(request)).map(eventText)
        return send(reply, subscription, events, leave)
    })
}

/** undefined for an id that this server did not give. */
function positionOf({ headers }: Pick<FastifyRequest, "headers">): number | undefined {
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
