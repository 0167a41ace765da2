/** Seeded responses to a post: valid, hostile, damaged, truncated and delayed ones. */
import { Random } from "../../../../devs/sim/random.ts"
import { remoteSettingNames } from "../../../../src/wire.ts"
import type { SentBatch } from "../../../support/scripted-server.ts"

/** How a response is sent after the request. */
export interface Delivery {
    pieces: { afterMs: number; bytes: Buffer }[]
    end: "silence" | "close" | "error"
    endAfterMs: number
}

/** Bytes that the chip reads from its socket at once. */
const MAX_PIECE_BYTES = 1024
const STATUSES = [200, 204, 206, 304, 400, 401, 403, 404, 413, 422, 429, 500, 503]
const SETTINGS = remoteSettingNames().filter(name => name !== "RECALIBRATE_PPM")
const OTHER_NAMES = [
    "RECALIBRATE_PPM",
    "RAM_READINGS",
    "API_URL",
    "API_TOKEN",
    "bootCount",
    "bootOther",
    "jEnd",
    "__proto__",
    "constructor",
    "length",
    "revision",
    "interval_s",
    "INTERVAL_S ",
    "",
]
const VALUES = [
    "1",
    "10",
    "25",
    "90",
    "400",
    "800",
    "1000",
    "1500",
    "0",
    "5",
    "60",
    "700",
    "1013",
    "480",
    "3600",
    "-1",
    "4",
    "3601",
    "1e1",
    "1e309",
    "-0",
    "5.5",
    "60.0",
    "007",
    "+7",
    "0x10",
    "1e-400",
    "9007199254740993",
    '"60"',
    '""',
    "null",
    "true",
    "[60]",
    '{"a":60}',
    "99999999999999999999",
]
const BAD_HEADERS = [
    "Content-Length: 5",
    "Content-Length: -1",
    "Content-Length: 99999999999999999999",
    "Content-Length: 0",
    "Content-Length : 9",
    "Content-Length: 9, 9",
    "content-length:",
    "Content-Length: 1 2",
    "\tContent-Length: 9",
    "Content_Length: 9",
    "Content-Length: +9",
    "Content-Length: 0x9",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding: identity",
    "Transfer-Encoding: chunked, chunked",
    "Transfer-Encoding: \vchunked",
    "Connection: close",
    "Connection: keep-alive",
    "Retry-After: 3",
    "Retry-After: 99999999999",
    "Retry-After: -5",
    "Date: Sun, 06 Nov 1994 08:49:37 GMT",
    "Date: Sun, 99 Nov 9999 99:99:99 GMT",
    ": nothing",
    "no colon",
    " folded: x",
    "X: \0",
    "X\0: y",
    "X: \xe9\xff",
    "Upgrade: h2c",
]

export class HostileResponses {
    readonly #random: Random
    #revision = 0
    /** true in a series of responses that reject a reading */
    #rejecting = false

    constructor(seed: number) {
        this.#random = new Random(seed)
    }

    next(batch: SentBatch): Delivery {
        let text = this.#response(batch)
        if (this.#chance(0.1)) text += this.#response(batch)
        for (let wounds = this.#chance(0.3) ? 0 : 1 + this.#below(3); wounds > 0; wounds--)
            text = this.#wounded(text, batch)
        return this.#delivered(Buffer.from(text, "latin1"))
    }

    #below(limit: number): number {
        return Math.floor(limit * this.#random.next())
    }

    #chance(odds: number): boolean {
        return this.#random.next() < odds
    }

    #oneOf<T>(values: readonly T[]): T {
        return values[this.#below(values.length)]!
    }

    #response(batch: SentBatch): string {
        this.#rejecting = this.#chance(this.#rejecting ? 0.7 : 0.05)
        const body = this.#rejecting ? this.#rejection(batch) : this.#body(batch)
        const status = this.#rejecting ? 422 : this.#chance(0.75) ? 200 : this.#oneOf(STATUSES)
        const version = this.#chance(0.93)
            ? "HTTP/1.1"
            : this.#oneOf(["HTTP/1.0", "HTTP/1.9", "HTTP/1.x", "HTTP/2", "http/1.1", "ICY"])
        const lines = [
            `${version} ${status}${this.#oneOf([" OK", "", " ", ` ${"x".repeat(120)}`])}`,
            ...this.#headers(),
        ]
        const text = this.#framed(lines, status === 204 || status === 304 ? "" : body)
        const early = this.#chance(0.05)
            ? this.#oneOf([
                  "HTTP/1.1 100 Continue\r\n\r\n",
                  "HTTP/1.1 103 x\r\nLink: y\r\n\r\n",
                  "HTTP/1.1 101 x\r\n\r\n",
              ]).repeat(1 + this.#below(3))
            : ""
        return early + (this.#chance(0.05) ? text.replaceAll("\r\n", "\n") : text)
    }

    #headers(): string[] {
        const headers = this.#chance(0.7) ? ["Date: Sat, 31 Jan 2015 14:19:00 GMT"] : []
        if (this.#chance(0.1)) headers.push(`X-Long: ${"y".repeat(this.#below(this.#chance(0.2) ? 20_000 : 2200))}`)
        if (this.#chance(0.05)) headers.push(...Array<string>(this.#below(200)).fill("a: b"))
        while (this.#chance(0.15)) headers.push(this.#oneOf(BAD_HEADERS))
        return headers
    }

    /** Frames the body with its length, in chunks, or by the end of the connection. */
    #framed(lines: string[], body: string): string {
        const way = this.#random.next()
        if (way < 0.6) return [...lines, `Content-Length: ${body.length}`, "", body].join("\r\n")
        if (way < 0.9) return [...lines, "Transfer-Encoding: chunked", "", this.#chunks(body)].join("\r\n")
        return [...lines, "Connection: close", "", body].join("\r\n")
    }

    #chunks(body: string): string {
        let text = ""
        for (let at = 0; at < body.length; ) {
            const piece = body.slice(at, at + 1 + this.#below(12))
            text += `${piece.length.toString(16)}${this.#oneOf(["", "", ";a=b", " ; x", `;${"e".repeat(150)}`])}\r\n${piece}\r\n`
            at += piece.length
        }
        return `${text}0\r\n${this.#oneOf(["", "", "Trailer: x\r\n", "Content-Length: 3\r\n"])}\r\n`
    }

    #rejection({ seq, count }: SentBatch): string {
        return `{"rejected":${this.#chance(0.8) ? seq : this.#ack(seq, seq + count - 1)},"code":"x"}`
    }

    #body(batch: SentBatch): string {
        const last = batch.seq + batch.count - 1
        if (this.#chance(0.55)) return this.#withDesired(`{"ack":${last}}`)
        const ack = this.#ack(batch.seq, last)
        return this.#oneOf([
            () => this.#withDesired(`{"ack":${ack}}`),
            () => this.#withDesired(`{"ack":${ack}}`),
            () => this.#withDesired(`{"ack":${ack}}`),
            () => `{"ack":${ack},"ack":${last}}`,
            () => `{"ack":${last},"ack":${ack}}`,
            () => `{"\\u0061ck":${ack}}`,
            () => `{"ACK":${last},"ack ":${last}}`,
            () => `{"__proto__":{"ack":${last}}}`,
            () => `{"x":{"ack":${last}}}`,
            () => `[{"ack":${last}}]`,
            () => `{"ack":${last},"x":${"[".repeat(this.#below(12))}${"]".repeat(this.#below(12))}}`,
            () => `{"x":"${"z".repeat(this.#below(400))}","ack":${last}}`,
            () => `{"x":"\\u00e9\\"\\\\ \\ud83d","ack":${last}}`,
            () => `{"x":"\xc3\xa9","ack":${last}}`,
            () =>
                `{"ack":${last}${this.#oneOf([",}", "]", "", "}x", "}{}", "} ", "}\0", " }\n", ",}", "/**/}", "\v}", '"}', " 1}"])}`,
            () =>
                this.#oneOf([
                    "",
                    "{}",
                    "null",
                    "[]",
                    "5",
                    '"ack"',
                    "{",
                    "<html>",
                    "{'ack':1}",
                    "{ack:1}",
                    "{".repeat(200),
                    '{"a":'.repeat(60),
                    "[".repeat(2000),
                    "x".repeat(2500),
                ]),
        ])()
    }

    #ack(first: number, last: number): string {
        const near = [first, first - 1, first - 2, last - 1, last + 1, last + 1000, 0, -1, -last, last + 0.5]
        const odd = [
            "1e309",
            "-1e309",
            "9007199254740992",
            "9007199254740993",
            "4294967296",
            "1e-9",
            "null",
            "true",
            `"${last}"`,
            `[${last}]`,
            `{"ack":${last}}`,
            "NaN",
            "Infinity",
            "-0",
            "undefined",
        ]
        const spelt = [
            `0${last}`,
            `+${last}`,
            `${last}.0`,
            `${last}.`,
            `${last}e0`,
            `${last}E+00`,
            `0x${last.toString(16)}`,
            `${last}.00000000000000001`,
            `${last / 10}e1`,
            ` ${last} `,
            `${last}n`,
            `${last},`,
            `-${last}`,
            `${last}.5`,
            `1${last}`,
            `.${last}`,
            `${last}e`,
        ]
        return String(this.#oneOf([this.#oneOf(near), this.#oneOf(near), this.#oneOf(odd), this.#oneOf(spelt)]))
    }

    /** Adds settings to a third of the responses. */
    #withDesired(body: string): string {
        if (!this.#chance(0.35)) return body
        const revision = this.#chance(0.85) ? String(++this.#revision) : this.#oneOf(VALUES)
        const members = this.#chance(0.95) ? [`"revision":${revision}`] : []
        while (members.length < 2 || this.#chance(0.5))
            members.push(
                `"${this.#chance(0.8) ? this.#oneOf(SETTINGS) : this.#oneOf(OTHER_NAMES)}":${this.#oneOf(VALUES)}`,
            )
        const desired = this.#chance(0.95)
            ? `{${members.join()}}`
            : this.#oneOf(["null", "[]", "5", '"x"', "{}", "[1]", "true"])
        return body.replace(/}$/, `,"desired":${desired}}`)
    }

    /**
     * Damages the text once: bytes changed, removed, inserted, duplicated or moved, or the rest of
     * another response appended.
     */
    #wounded(text: string, batch: SentBatch): string {
        const at = this.#below(text.length)
        const end = Math.min(text.length, at + 1 + this.#below(this.#chance(0.2) ? 300 : 8))
        const before = text.slice(0, at)
        const byte = () =>
            String.fromCharCode(
                this.#chance(0.5)
                    ? '\0\r\n :;,-+0123456789\t\v{}[]"\x7f\xe9\xff'.charCodeAt(this.#below(33)) || 0
                    : this.#below(256),
            )
        return this.#oneOf([
            () => before + String.fromCharCode(text.charCodeAt(at) ^ (1 << this.#below(8))) + text.slice(at + 1),
            () => before + byte() + text.slice(at + 1),
            () => before + byte() + byte() + text.slice(at),
            () => before + this.#oneOf([" ", "\t", "0", "\r\n", "\0"]).repeat(1 + this.#below(110)) + text.slice(at),
            () => before + text.slice(end),
            () => text.slice(0, end) + text.slice(at),
            () => before,
            () => before + this.#response(batch).slice(this.#below(40)),
            () => text.replace(/: [^\r]*/, value => value + " ".repeat(100) + this.#oneOf(["5", ", gzip", "x"])),
            () =>
                text.replace(
                    /Content-Length: \d+/,
                    `Content-Length: ${this.#oneOf([0, 1, 8, 9, 10, 2047, 2048, 2049, 65536, 2 ** 32, 2 ** 32 + 9])}`,
                ),
        ])()
    }

    #delivered(bytes: Buffer): Delivery {
        const pieces: Delivery["pieces"] = []
        const slow = this.#chance(0.04) ? 9000 : this.#chance(0.3) ? 40 : 2
        const most = this.#chance(0.05) ? 8 : this.#chance(0.5) ? 60 : MAX_PIECE_BYTES
        let afterMs = 0
        for (let at = 0; at < bytes.length; ) {
            const piece = bytes.subarray(at, at + 1 + this.#below(most))
            afterMs += 1 + this.#below(slow)
            pieces.push({ afterMs, bytes: piece })
            at += piece.length
        }
        return {
            pieces,
            end: this.#oneOf(["silence", "silence", "close", "error"]),
            endAfterMs: afterMs + 1 + this.#below(30),
        }
    }
}
