/**
 * What an answer means, read whole and by the letter of RFC 9112 and RFC 8259:
 * a second opinion on `src/uplink/response.ts` and `answer.ts`, with nothing of them.
 *
 * Taken as the RFC lets a client: LF alone as the end of a line (2.2), a status
 * without a reason, several equal lengths (RFC 9110, 8.6), fields of no
 * interest whatever is in them.
 */

/**
 * What the firmware takes although it strictly is no answer. With one of these
 * the oracle takes it too, so that nothing else can hide behind it.
 */
export type Leniency =
    | "HTTP/1 with a minor version that is no digit"
    | "a line of framing cut off after 96 bytes"
    | "a field that looks like one of framing, but is not named so"
    | "a white space other than space and tab"
    | "chunked, twice"
    | "a number that is not spelled as in JSON"
    | "a line break or a tab within a text of JSON"

/** How the connection stood when the device had heard the last byte. */
export type End = "open" | "close" | "error"

export interface Meaning {
    /** of the whole response */
    status: number
    retryAfter: boolean
    body: string
    /** its first byte behind the response */
    length: number
}

const STATUS = /^HTTP\/1\.(.) ([1-5]\d\d)(?: .*)?$/s
const FIELD = /^([^:]+):[ \t]*(.*?)[ \t\r]*$/s
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const CUT_AFTER_BYTES = 96
const CHUNK = /^([0-9A-Fa-f]+)[ \t]*(?:;.*)?$/s

/** The response as it was heard; a word for why there is none. */
export function meaningOf(text: string, end: End, leniencies: Leniency[] = []): Meaning | string {
    try {
        return new Reading(text, end, leniencies).whole()
    } catch (error) {
        if (error instanceof NoAnswer) return error.message
        throw error
    }
}

/** Its whole-number `ack`, and its `set` as it stands; undefined when the body is no acknowledgement. */
export function acknowledgementIn({ status, body }: Meaning, leniencies: Leniency[] = []): { ack: number; set?: unknown } | undefined {
    if (status !== 200) return undefined
    let text = leniencies.includes("a number that is not spelled as in JSON") ? respelled(body) : body
    if (leniencies.includes("a line break or a tab within a text of JSON")) text = text.replaceAll(/[\t\r\n]/g, " ")
    try {
        const answer = JSON.parse(Buffer.from(text, "latin1").toString()) as { ack?: unknown; set?: unknown } | null
        const own = answer !== null && typeof answer === "object" && Object.hasOwn(answer, "ack")
        return own && Number.isInteger(answer.ack) ? { ack: answer.ack as number, ...(Object.hasOwn(answer, "set") && { set: answer.set }) } : undefined
    } catch {
        return undefined
    }
}

/** Hexadecimal numbers, leading zeros and points without a digit behind. */
function respelled(json: string): string {
    const decimal = json.replaceAll(/([:,[\s]-?)0x([0-9a-f]+)/gi, (_, before: string, digits: string) => before + Number.parseInt(digits, 16))
    return decimal.replaceAll(/([:,[\s]-?)0+(?=\d)/g, "$1").replaceAll(/(\d)\.(?!\d)/g, "$1")
}

class NoAnswer extends Error {}

class Reading {
    #at = 0
    readonly #text: string
    readonly #end: End
    readonly #leniencies: Leniency[]

    constructor(text: string, end: End, leniencies: Leniency[]) {
        this.#text = text
        this.#end = end
        this.#leniencies = leniencies
    }

    whole(): Meaning {
        const status = STATUS.exec(this.#line())
        if (!status || !(/\d/.test(status[1]!) || this.#forgives("HTTP/1 with a minor version that is no digit"))) throw new NoAnswer("status")
        const fields = this.#fields()
        if (status[2] === "101") throw new NoAnswer("101")
        if (status[2]![0] === "1") return this.whole()
        const body = this.#body(Number(status[2]), fields)
        return { status: Number(status[2]), retryAfter: fields.has("retry-after"), body, length: this.#at }
    }

    #forgives(leniency: Leniency): boolean {
        return this.#leniencies.includes(leniency)
    }

    #line(): string {
        const end = this.#text.indexOf("\n", this.#at)
        if (end < 0) throw new NoAnswer("incomplete")
        const whole = this.#text.slice(this.#at, end)
        const line = this.#forgives("a line of framing cut off after 96 bytes") ? whole.slice(0, CUT_AFTER_BYTES) : whole
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
            const likeFraming = !TOKEN.test(name) && /^(content-length|transfer-encoding)$/.test(name.replaceAll(/[^a-z-]/g, ""))
            if (likeFraming && !this.#forgives("a field that looks like one of framing, but is not named so")) throw new NoAnswer("framing")
            fields.set(name, [...(fields.get(name) ?? []), this.#trimmed(field[2]!)])
        }
        return fields
    }

    #trimmed(value: string): string {
        return this.#forgives("a white space other than space and tab") ? value.trim() : value
    }

    /** RFC 9112, 6.3. */
    #body(status: number, fields: Map<string, string[]>): string {
        const lengths = (fields.get("content-length") ?? []).flatMap(value => value.split(",")).map(value => value.replaceAll(/^[ \t]+|[ \t]+$/g, ""))
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
        if (codings.length > 1 && !this.#forgives("chunked, twice")) return false
        return codings.every(coding => coding.toLowerCase() === "chunked")
    }

    #bytes(count: number): string {
        if (this.#at + count > this.#text.length) throw new NoAnswer("incomplete")
        this.#at += count
        return this.#text.slice(this.#at - count, this.#at)
    }

    #chunks(): string {
        let body = ""
        while (true) {
            const chunk = CHUNK.exec(this.#trimmed(this.#line()))
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
