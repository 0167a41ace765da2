/**
 * HTTPS exchanges with a CA: each with a deadline and a largest size, tried again a few times where that may help.
 *
 * This file opens connections to CAs; nothing else in this folder does, but certbot.
 */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http"
import { Agent, request } from "node:https"
import { setTimeout as sleep } from "node:timers/promises"
import { SourceError } from "../renewal/types.ts"
import { caError } from "./ca-error.ts"
import { type HttpsRequest, type HttpsResponse, retryAfterMs } from "./https-message.ts"

/** a chain of ten large certificates has 30 kB */
const MAX_BODY_BYTES = 512 * 1024
/** for one exchange, with name resolution, TCP and TLS */
const DEFAULT_REQUEST_TIMEOUT_MS = 20_000
/** before the second and the third try */
const DEFAULT_PAUSES_MS = [1_000, 4_000]
/** a server that asks for more is asked in another round */
const MAX_PAUSE_MS = 10_000

export interface ExchangeOptions {
    /** PEM of the only roots that are trusted for this CA; default: Node's */
    caPem?: string
    /** for one exchange */
    requestTimeoutMs?: number
    /** pauses before further tries */
    pausesMs?: number[]
    /** ends everything */
    signal?: AbortSignal
}

/** The connections to one CA. `close` ends them. */
export class Exchange {
    readonly #agent: Agent
    readonly #options: ExchangeOptions
    /** of the latest response; undefined if it had none */
    latestRetryAfterMs: number | undefined
    latestHeaders: IncomingHttpHeaders = {}

    constructor(options: ExchangeOptions = {}) {
        this.#options = options
        // a private CA's roots replace all others: nobody else can stand in for it
        this.#agent = new Agent({ keepAlive: true, maxSockets: 4, ...(options.caPem && { ca: options.caPem }) })
    }

    close(): void {
        this.#agent.destroy()
    }

    /**
     * Sends a request; again after a connection that failed and a status of 500 and above, twice at most.
     *
     * @returns any response with a status below 400, or with the problem badNonce
     * @throws SourceError ACME_UNREACHABLE; CaError for a status of 400 and above
     */
    async send(asked: HttpsRequest): Promise<HttpsResponse> {
        const pausesMs = this.#options.pausesMs ?? DEFAULT_PAUSES_MS
        for (let tries = 0; ; tries++) {
            const { result, error } = await this.#try(asked)
            if (result) return result
            const pauseMs = pausesMs[tries]
            const wishedMs = error.retryAfterMs ?? 0
            const canHelp = error.code === "ACME_UNREACHABLE" || error.code === "ACME_SERVER_ERROR"
            if (!canHelp || pauseMs === undefined || wishedMs > MAX_PAUSE_MS || this.#options.signal?.aborted)
                throw error
            await sleep(Math.max(pauseMs, wishedMs), undefined, { ...this.#signal() }).catch(() => {
                throw error
            })
        }
    }

    #signal(): { signal?: AbortSignal } {
        return this.#options.signal ? { signal: this.#options.signal } : {}
    }

    async #try(
        asked: HttpsRequest,
    ): Promise<{ result: HttpsResponse; error?: never } | { result?: never; error: SourceError }> {
        const { host } = new URL(asked.url)
        try {
            const result = await this.#exchange(asked)
            this.latestHeaders = result.headers
            this.latestRetryAfterMs = retryAfterMs(result.headers["retry-after"])
            if (result.status < 400) return { result }
            const error = caError(host, result)
            return error.type === "badNonce" && result.status === 400 ? { result } : { error }
        } catch (cause) {
            const why = cause instanceof Error ? cause.message || cause.name : String(cause)
            return { error: new SourceError("ACME_UNREACHABLE", `${host}: ${why}`, { cause }) }
        }
    }

    #exchange({ method, url, headers = {}, body = "" }: HttpsRequest): Promise<HttpsResponse> {
        const timeoutMs = this.#options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS
        return new Promise((resolve, reject) => {
            const length = body === "" ? {} : { "content-length": String(Buffer.byteLength(body)) }
            const sent = request(url, {
                method,
                headers: { "user-agent": "airpin", accept: "*/*", ...headers, ...length },
                agent: this.#agent,
                ...this.#signal(),
            })
            const timer = setTimeout(
                () => sent.destroy(new Error(`no complete response within ${timeoutMs} ms`)),
                timeoutMs,
            )
            sent.on("close", () => clearTimeout(timer))
            sent.on("error", reject)
            sent.on("response", response => void readBody(response).then(resolve, reject))
            sent.end(body)
        })
    }
}

async function readBody(response: IncomingMessage): Promise<HttpsResponse> {
    const pieces: Buffer[] = []
    let size = 0
    for await (const piece of response) {
        size += piece.length
        if (size > MAX_BODY_BYTES) throw new Error(`more than ${MAX_BODY_BYTES} bytes in one response`)
        pieces.push(piece)
    }
    return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces).toString("utf8") }
}
