/**
 * Parses the plaintext of one connection and tells whether an HTTP response is
 * due. Virtual time stands still meanwhile, so that nothing times out wrongly.
 */
import { HTTPParser } from "http-parser-js"

/** A request with its response. */
export interface Exchange {
    /** HTTP status of the response */
    status: number
    /** from the last byte of the request to the last byte of the response, real milliseconds */
    realMs: number
}

type Parser = InstanceType<typeof HTTPParser>

export class HttpTracker {
    #requests = this.#parser(HTTPParser.REQUEST, () => {
        this.#open++
        this.#sentAtMs = performance.now()
    })
    #responses = this.#parser(HTTPParser.RESPONSE, () => {
        this.#open--
        this.#onExchange?.({ status: this.#status, realMs: performance.now() - this.#sentAtMs })
    })
    #open = 0
    #broken = false
    #sentAtMs = 0
    #status = 0
    readonly #onExchange: ((exchange: Exchange) => void) | undefined

    constructor(onExchange?: (exchange: Exchange) => void) {
        this.#onExchange = onExchange
        this.#responses[HTTPParser.kOnHeadersComplete] = ({ statusCode }) => void (this.#status = statusCode)
    }

    /** True from the last byte of a request to the last byte of its response. */
    get responseDue(): boolean {
        return this.#open > 0 && !this.#broken
    }

    sent(bytes: Uint8Array): void {
        this.#feed(this.#requests, bytes)
    }

    received(bytes: Uint8Array): void {
        this.#feed(this.#responses, bytes)
    }

    /** Bytes that are not HTTP have no end to wait for. */
    #feed(parser: Parser, bytes: Uint8Array): void {
        if (this.#broken) return
        if (parser.execute(Buffer.from(bytes)) instanceof Error) this.#broken = true
    }

    #parser(kind: "REQUEST" | "RESPONSE", onComplete: () => void): Parser {
        const parser = new HTTPParser(kind)
        parser[HTTPParser.kOnMessageComplete] = onComplete
        return parser
    }
}
