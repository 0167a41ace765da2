/** What the wall costs: how long `GET /api/v1/wall` takes, and what a stream of it sends while rooms post. */
import { once } from "node:events"
import { Agent, get, type IncomingMessage, request } from "node:http"
import { setTimeout as wait } from "node:timers/promises"
import { limitPresets } from "../../api/site/site.ts"
import { defaultSite } from "../../api/site/site-store.ts"
import { openDatabase } from "../../api/store/open.ts"
import { devicePosts } from "./device-posts.ts"
import { percentile } from "./statistics.ts"

const PATH = "/api/v1/wall"
const STREAM = "/api/v1/stream?view=wall"

const TIMES = 100
/** Each compiles code and fills caches. */
const WARM_UP = 10

const STEP_S = 60
const BATCH = 5
const POST_MS = STEP_S * BATCH * 1000
/** Posts of the last 20 minutes, so that each room has a trend. */
const EARLIER_POSTS = 4

/** A browser connects again after the `retry` of the stream. */
const RETRY_MS = 2000

export interface WallTimes {
    p50Ms: number
    p99Ms: number
    worstMs: number
    bytes: number
}

/** All values of every room are at least fair, or none is. */
export async function setLimits(file: string, isBad: boolean): Promise<void> {
    const db = await openDatabase(file)
    const limits = isBad ? { fairPpm: 400, poorPpm: 5000 } : limitPresets.uba
    const document = JSON.stringify({ ...defaultSite(), limits })
    const row = { key: 1, revision: isBad ? 2 : 1, document }
    await db.sql.deleteFrom("site").execute()
    await db.sql.insertInto("site").values(row).execute()
    await db.close()
}

/** Asks for the wall, one request after the other. */
export async function measureWall(port: number): Promise<WallTimes> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const took: number[] = []
    let bytes = 0
    for (let at = 0; at < TIMES + WARM_UP; at++) {
        const startMs = performance.now()
        const response = await responseTo(get({ host: "127.0.0.1", port, path: PATH, agent }))
        bytes = 0
        for await (const chunk of response) bytes += chunk.length
        if (at >= WARM_UP) took.push(performance.now() - startMs)
    }
    agent.destroy()
    const sorted = took.sort((one, other) => one - other)
    return { p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99), worstMs: percentile(sorted, 1), bytes }
}

export interface StreamBytes {
    /** until the first `time`: every room as it is */
    firstBytes: number
    /** of the longest event `room` */
    longestBytes: number
    /** after that, with the headers of each response */
    bytesPerRoomMinute: number
    events: number
    streams: number
}

/** Every room posts 5 readings every 5 minutes, in turn; a browser listens, and connects again as the server asks. */
export async function measureStream(port: number, tokens: string[], minutes: number): Promise<StreamBytes> {
    const startS = Math.floor(Date.now() / 1000) - EARLIER_POSTS * BATCH * STEP_S - (BATCH - 1) * STEP_S
    const rooms = tokens.map((token, at) => ({
        token,
        boot: `wall-${startS}-${at}`,
        stepS: STEP_S,
        batch: BATCH,
        startS,
    }))
    const posts = rooms.map(room => ({ room, bodies: devicePosts(room) }))
    const post = ({ room, bodies }: (typeof posts)[number]) => sendPost(port, room.token, bodies.next().value.body)
    for (let at = 0; at < EARLIER_POSTS; at++) for (const each of posts) await post(each)
    const listener = new WallListener(port)
    const listening = listener.run()
    while (listener.firstBytes === 0) await wait(100)
    const endMs = performance.now() + minutes * 60_000
    const startMs = performance.now()
    for (let at = 0; performance.now() < endMs; at++) {
        await wait(Math.max(0, startMs + (at * POST_MS) / posts.length - performance.now()))
        const each = posts[at % posts.length]
        if (each !== undefined) await post(each)
    }
    listener.stop()
    await listening
    const { firstBytes, longestBytes, events, streams, bytes } = listener
    const bytesPerRoomMinute = (bytes - firstBytes) / tokens.length / ((performance.now() - startMs) / 60_000)
    return { firstBytes, longestBytes, bytesPerRoomMinute, events, streams }
}

class WallListener {
    firstBytes = 0
    longestBytes = 0
    events = 0
    streams = 0
    readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
    readonly #sockets = new Set<IncomingMessage["socket"]>()
    readonly #port: number
    #lastEventId: string | undefined
    #isStopped = false
    #response: IncomingMessage | undefined

    constructor(port: number) {
        this.#port = port
    }

    /** Received so far. */
    get bytes(): number {
        return [...this.#sockets].reduce((sum, { bytesRead }) => sum + bytesRead, 0)
    }

    async run(): Promise<void> {
        while (!this.#isStopped) {
            await this.#listen()
            if (!this.#isStopped) await wait(RETRY_MS)
        }
        this.#agent.destroy()
    }

    stop(): void {
        this.#isStopped = true
        this.#response?.destroy()
    }

    async #listen(): Promise<void> {
        const id = this.#lastEventId
        const headers = id === undefined ? {} : { "last-event-id": id }
        const options = { host: "127.0.0.1", port: this.#port, path: STREAM, agent: this.#agent, headers }
        const response = await responseTo(get(options))
        this.#response = response
        this.#sockets.add(response.socket)
        this.streams++
        let text = ""
        response.setEncoding("utf8").on("data", chunk => {
            const blocks = (text + chunk).split("\n\n")
            text = blocks.pop() ?? ""
            for (const block of blocks) this.#take(block)
        })
        await once(response, "close")
    }

    #take(block: string): void {
        this.events++
        this.#lastEventId = /^id: (.*)$/m.exec(block)?.[1] ?? this.#lastEventId
        if (block.startsWith("event: room\n"))
            this.longestBytes = Math.max(this.longestBytes, Buffer.byteLength(block) + 2)
        if (block.startsWith("event: time\n") && this.firstBytes === 0) this.firstBytes = this.bytes
    }
}

async function sendPost(port: number, token: string, body: string): Promise<void> {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" }
    const options = { host: "127.0.0.1", port, path: "/api/v1/readings", method: "POST", headers }
    const sending = request(options)
    sending.end(body)
    await responseTo(sending).then(response => response.resume())
}

/** @throws Error unless its status is 200 */
async function responseTo(sent: ReturnType<typeof request>): Promise<IncomingMessage> {
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
        sent.once("response", resolve).once("error", reject),
    )
    if (response.statusCode !== 200) throw new Error(`${sent.path}: ${response.statusCode}`)
    return response.on("error", () => undefined)
}
