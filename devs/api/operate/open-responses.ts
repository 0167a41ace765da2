/**
 * The responses that are being made or sent. A client that does not read leaves its response in the memory of this
 * process, so what may wait there is bounded for all clients together.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import { unsentBodyBytes } from "./sliced-body.ts"

/** For all responses together. A page of 10,000 readings takes 1.2 MB, and twice that once it is encrypted. */
const MAX_UNSENT_BYTES = 24 * 2 ** 20

/** A response of this age or more may be cut off; within it, a client that reads has taken what the line carries. */
const MIN_CUT_AGE_MS = 1000

const CHECK_INTERVAL_MS = 250

interface OpenResponse {
    response: ServerResponse
    /** `performance.now()` */
    sinceMs: number
}

export interface OpenResponsesOptions {
    /** default: `MAX_UNSENT_BYTES` */
    maxUnsentBytes?: number | undefined
    /** called with the number of responses that were cut off */
    onCut?: ((count: number) => void) | undefined
}

/** Follows the responses of a server. */
export class OpenResponses {
    readonly #open = new Set<OpenResponse>()
    readonly #timer: NodeJS.Timeout
    readonly #options: OpenResponsesOptions
    #isEnding = false

    constructor(server: Server, options: OpenResponsesOptions = {}) {
        this.#options = options
        server.on("request", (_request: IncomingMessage, response: ServerResponse) => this.#follow(response))
        this.#timer = setInterval(() => this.#cutOldest(), CHECK_INTERVAL_MS).unref()
    }

    get count(): number {
        return this.#open.size
    }

    /** Bytes that were made for clients and that the operating system has not taken yet. */
    get unsentBytes(): number {
        let bytes = 0
        for (const { response } of this.#open) bytes += unsentBytesOf(response)
        return bytes
    }

    /**
     * From now on each response is the last of its connection and says so.
     *
     * @returns resolves once every response is sent, or after this time
     */
    async end(maxMs: number): Promise<void> {
        this.#isEnding = true
        for (const { response } of this.#open) closeAfter(response)
        const sent = [...this.#open].map(({ response }) => new Promise(resolve => response.once("close", resolve)))
        let timer: NodeJS.Timeout | undefined
        await Promise.race([Promise.all(sent), new Promise(resolve => (timer = setTimeout(resolve, maxMs)))])
        clearTimeout(timer)
        clearInterval(this.#timer)
    }

    #follow(response: ServerResponse): void {
        const open = { response, sinceMs: performance.now() }
        this.#open.add(open)
        response.once("close", () => this.#open.delete(open))
        if (this.#isEnding) closeAfter(response)
    }

    /** The oldest have had the most time to be read. */
    #cutOldest(): void {
        const { maxUnsentBytes = MAX_UNSENT_BYTES, onCut } = this.#options
        let excess = this.unsentBytes - maxUnsentBytes
        if (excess <= 0) return
        const cutBefore = performance.now() - MIN_CUT_AGE_MS
        let count = 0
        for (const { response, sinceMs } of this.#open) {
            const bytes = unsentBytesOf(response)
            if (excess <= 0 || sinceMs > cutBefore) break
            if (bytes === 0) continue
            response.destroy()
            excess -= bytes
            count++
        }
        if (count > 0) onCut?.(count)
    }
}

function unsentBytesOf(response: ServerResponse): number {
    const { socket, writableLength } = response
    return Math.max(writableLength, socket?.writableLength ?? 0) + unsentBodyBytes(response)
}

/** RFC 9112 section 9.6. */
function closeAfter(response: ServerResponse): void {
    if (!response.headersSent) response.setHeader("connection", "close")
}
