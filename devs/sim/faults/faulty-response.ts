/** What a fault makes of a server's answer. */
import type { Fault } from "./fault.ts"

/** What goes to the device, and what becomes of the connection then. */
export interface Delivery {
    bytes: Buffer
    /** keep: for the next request; close: it ends; silence: it stays, and nothing comes any more */
    end: "keep" | "close" | "silence"
    /** one byte every so many seconds; all at once when absent */
    everyS?: number
}

const HEAD_END = "\r\n\r\n"
const DRIP_S = 1
const GARBAGE_BYTES = 400
const GARBAGE = "\x00\xff{}\r\n\r\nHTTP/9.9 abc\r\n"
const HEADERS_BYTES = 12_000
/** below what a line of the firmware may have, so that it is their sum that is too much */
const HEADER_LINE_BYTES = 100

/** True for the faults in whose place no server is asked. */
export function replacesAnswer({ kind }: Fault): boolean {
    return kind === "answer-garbage" || kind === "answer-status"
}

/**
 * @param fault none: the answer as it is
 * @param answer of the server, whole; empty where the fault replaces it
 * @param nowMs the server's clock
 */
export function deliveryOf(fault: Fault | undefined, answer: Buffer, nowMs: number): Delivery {
    const keep = (bytes: Buffer): Delivery => ({ bytes, end: "keep" })
    switch (fault?.kind) {
        case "answer-cut":
            return { bytes: answer.subarray(0, fault.byte), end: "close" }
        case "answer-lost":
            return { bytes: Buffer.alloc(0), end: fault.end ?? "close" }
        case "request-cut":
            return { bytes: Buffer.alloc(0), end: "close" }
        case "answer-drip":
            return { bytes: answer, end: "keep", everyS: fault.every ?? DRIP_S }
        case "answer-garbage":
            return { bytes: garbage(fault.bytes ?? GARBAGE_BYTES), end: "close" }
        case "answer-status":
            return keep(statusOnly(fault, nowMs))
        case "answer-length":
            return keep(
                edited(answer, head =>
                    head.replace(
                        /(content-length: *)(\d+)/i,
                        (_, name, length) => name + Math.max(0, Number(length) + fault.by!),
                    ),
                ),
            )
        case "answer-chunked":
            return keep(chunked(answer, fault.bytes ?? 1))
        case "answer-headers":
            return keep(edited(answer, head => head + padding(fault.bytes ?? HEADERS_BYTES)))
        case "answer-twice":
            return keep(Buffer.concat([answer, answer]))
        default:
            return keep(answer)
    }
}

function garbage(bytes: number): Buffer {
    return Buffer.alloc(bytes, GARBAGE, "latin1")
}

function statusOnly({ code, retryAfter }: Fault, nowMs: number): Buffer {
    const wait = retryAfter === undefined ? "" : `\r\nRetry-After: ${retryAfter}`
    return Buffer.from(
        `HTTP/1.1 ${code} Fault\r\nDate: ${new Date(nowMs).toUTCString()}${wait}\r\nContent-Length: 0${HEAD_END}`,
    )
}

function edited(answer: Buffer, edit: (head: string) => string): Buffer {
    const [head, body] = split(answer)
    return Buffer.concat([Buffer.from(edit(head) + HEAD_END, "latin1"), body])
}

function split(answer: Buffer): [head: string, body: Buffer] {
    const end = answer.indexOf(HEAD_END)
    return [answer.subarray(0, end).toString("latin1"), answer.subarray(end + HEAD_END.length)]
}

function chunked(answer: Buffer, chunkBytes: number): Buffer {
    const [head, body] = split(answer)
    const pieces: Buffer[] = [
        Buffer.from(head.replace(/content-length: *\d+/i, "Transfer-Encoding: chunked") + HEAD_END, "latin1"),
    ]
    for (let at = 0; at < body.length; at += chunkBytes) {
        const chunk = body.subarray(at, at + chunkBytes)
        pieces.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n"))
    }
    return Buffer.concat([...pieces, Buffer.from(`0${HEAD_END}`)])
}

function padding(bytes: number): string {
    let text = ""
    for (let at = 0; text.length < bytes; at++) text += `\r\nX-Padding-${at}: ${"p".repeat(HEADER_LINE_BYTES)}`
    return text
}
