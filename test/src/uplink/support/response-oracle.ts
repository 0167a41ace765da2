/**
 * Oracle for `src/uplink/response.ts` and `ack.ts`: parses a response as a whole
 * by RFC 9112 and RFC 8259, sharing no code with them.
 *
 * Accepted as the RFC permits a client: LF alone as the end of a line (2.2), a
 * status without a reason phrase, several equal lengths (RFC 9110, 8.6), and any
 * content of irrelevant fields.
 */

/** State of the connection when the device had received the last byte. */
export type End = "open" | "close" | "error"

export interface Meaning {
    /** of the whole response */
    status: number
    retryAfter: boolean
    body: string
    /** its first byte behind the response */
    length: number
}

const STATUS = /^HTTP\/1\.\d ([1-5]\d\d)(?: .*)?$/s
const FIELD = /^([^:]+):[ \t]*(.*?)[ \t\r]*$/s
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const CHUNK = /^([0-9A-Fa-f]+)[ \t]*(?:;.*)?$/s

/** Parses what was received; otherwise the reason why it is not a response. */
export function meaningOf(text: string, end: End): Meaning | string {
    try {
        return new Reading(text, end).whole()
    } catch (error) {
        if (error instanceof NoAnswer) return error.message
        throw error
    }
}

/** Its whole-number `ack`, and its `desired` as it stands; undefined when the body is no acknowledgement. */
export function acknowledgementIn({ status, body }: Meaning): { ack: number; desired?: unknown } | undefined {
    if (status !== 200) return undefined
    try {
        const ack = JSON.parse(Buffer.from(body, "latin1").toString()) as { ack?: unknown; desired?: unknown } | null
        if (typeof ack === "number") return Number.isInteger(ack) ? { ack } : undefined
        const own = ack !== null && typeof ack === "object" && Object.hasOwn(ack, "ack")
        return own && Number.isInteger(ack.ack)
            ? { ack: ack.ack as number, ...(Object.hasOwn(ack, "desired") && { desired: ack.desired }) }
            : undefined
    } catch {
        return undefined
    }
}

/** The whole number of its `rejected`; undefined when the API rejects no reading. */
export function rejectionIn({ status, body }: Meaning): number | undefined {
    if (status !== 422) return undefined
    try {
        const parsed = JSON.parse(Buffer.from(body, "latin1").toString()) as { rejected?: unknown } | null
        const own = parsed !== null && typeof parsed === "object" && Object.hasOwn(parsed, "rejected")
        return own && Number.isInteger(parsed.rejected) ? (parsed.rejected as number) : undefined
    } catch {
        return undefined
    }
}

class NoAnswer extends Error {}

class Reading {
    #at = 0
    readonly #text: string
    readonly #end: End

    constructor(text: string, end: End) {
        this.#text = text
        this.#end = end
    }

    whole(): Meaning {
        const status = STATUS.exec(this.#line())
        if (!status) throw new NoAnswer("status")
        const fields = this.#fields()
        if (status[1] === "101") throw new NoAnswer("101")
        if (status[1]![0] === "1") return this.whole()
        const body = this.#body(Number(status[1]), fields)
        return { status: Number(status[1]), retryAfter: fields.has("retry-after"), body, length: this.#at }
    }

    #line(): string {
        const end = this.#text.indexOf("\n", this.#at)
        if (end < 0) throw new NoAnswer("incomplete")
        const line = this.#text.slice(this.#at, end)
        this.#at = end + 1
        return line.endsWith("\r") ? line.slice(0, -1) : line
    }

    /** Values by name in small letters. */
    #fields(): Map<string, string[]> {
        const fields = new Map<string, string[]>()
        for (let line = this.#line(); line !== ""; line = this.#line()) {
            const field = FIELD.exec(line)
            if (!field) throw new NoAnswer("field")
            const name = field[1]!.toLowerCase()
            const likeFraming =
                !TOKEN.test(name) && /^(content-length|transfer-encoding)$/.test(name.replaceAll(/[^a-z-]/g, ""))
            if (likeFraming) throw new NoAnswer("framing")
            fields.set(name, [...(fields.get(name) ?? []), field[2]!])
        }
        return fields
    }

    /** RFC 9112, 6.3. */
    #body(status: number, fields: Map<string, string[]>): string {
        const lengths = (fields.get("content-length") ?? [])
            .flatMap(value => value.split(","))
            .map(value => value.replaceAll(/^[ \t]+|[ \t]+$/g, ""))
        const codings = fields.get("transfer-encoding")
        if (lengths.some(length => !/^\d+$/.test(length) || length !== lengths[0])) throw new NoAnswer("framing")
        if (codings && (lengths.length > 0 || !this.#areChunks(codings))) throw new NoAnswer("framing")
        if (status === 204 || status === 304) return ""
        if (codings) return this.#chunks()
        if (lengths.length > 0) return this.#bytes(Number(lengths[0]))
        if (this.#end !== "close") throw new NoAnswer("incomplete")
        return this.#bytes(this.#text.length - this.#at)
    }

    #areChunks(codings: string[]): boolean {
        return codings.length === 1 && codings[0]!.toLowerCase() === "chunked"
    }

    #bytes(count: number): string {
        if (this.#at + count > this.#text.length) throw new NoAnswer("incomplete")
        this.#at += count
        return this.#text.slice(this.#at - count, this.#at)
    }

    #chunks(): string {
        let body = ""
        while (true) {
            const chunk = CHUNK.exec(this.#line())
            if (!chunk) throw new NoAnswer("framing")
            const size = Number.parseInt(chunk[1]!, 16)
            if (size === 0) break
            body += this.#bytes(size)
            if (this.#line() !== "") throw new NoAnswer("framing")
        }
        while (this.#line() !== "");
        return body
    }
}
