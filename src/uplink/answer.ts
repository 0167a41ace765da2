/** What the server's answer to a stored batch says. */
import { Acknowledgement } from "../reading"
import { KEPT_BODY_BYTES, Response } from "./response"

/** The runtime's JSON parser calls itself for each level, on a small stack. */
const MAX_DEPTH = 8

/** Its `ack` is a whole number, its `set` may be anything; undefined when the body is no such answer. */
export function readAnswer(response: Response): Acknowledgement {
    const length = response.bodyLength
    if (length > KEPT_BODY_BYTES || !isPlain(response.body, length)) return undefined
    try {
        const answer = JSON.parse(response.body.slice(0, length).toString()) as Acknowledgement
        return isWhole(answer.ack) ? answer : undefined
    } catch {
        return undefined
    }
}

export function isWhole(value: any): boolean {
    return typeof value === "number" && Math.floor(value) === value
}

/** True when nothing in it can upset the parser: ASCII without controls, few levels. */
function isPlain(bytes: Buffer, length: number): boolean {
    let opened = 0
    for (let i = 0; i < length; i++) {
        const byte = bytes[i]
        if (byte === 0x5b || byte === 0x7b) opened++
        if (byte > 126 || (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13)) return false
    }
    return opened <= MAX_DEPTH
}
