/**
 * Parses a TLS 1.2 server's unencrypted first flight up to its certificates,
 * as mbedTLS 3.5.0 does: a handshake message that is split over several records
 * is refused. Source: RFC 5246 sections 6.2 and 7.4.
 */
const RECORD_HEADER_BYTES = 5
const MESSAGE_HEADER_BYTES = 4
const CONTENT_HANDSHAKE = 22
const MESSAGE_SERVER_HELLO = 2
const MESSAGE_CERTIFICATE = 11
/** ServerHello: version and random come before the session id's length. */
const SESSION_ID_AT = 2 + 32
/** RFC 5246 6.2.1 and 6.2.3: 2^14, plus 2048 for an encrypted record */
const MAX_RECORD_BYTES = 16384 + 2048

export type FlightState =
    /** more bytes are needed */
    | { state: "reading" }
    /** the certificates, DER, in the order sent, and the cipher suite from the ServerHello */
    | { state: "certificates"; chain: Buffer[]; suite: number }
    /** the server sent something else instead; the TLS engine will report it */
    | { state: "other" }
    /** mbedTLS aborts here with this error */
    | { state: "refused"; error: string; reason: string }

export class ServerFlight {
    #received = Buffer.alloc(0)

    /** Takes the next bytes of the TCP stream; returns how far the flight has been read. */
    push(bytes: Uint8Array): FlightState {
        this.#received = Buffer.concat([this.#received, bytes])
        let suite = 0
        for (const step of readHandshake(this.#received)) {
            if (step === "split") return splitMessage
            if (step === "other") return { state: "other" }
            if (step.type === MESSAGE_SERVER_HELLO) suite = chosenSuite(step.body)
            if (step.type === MESSAGE_CERTIFICATE) return { state: "certificates", chain: readChain(step.body), suite }
        }
        return { state: "reading" }
    }
}

/** True if a handshake message of these records, also one after the certificates, is split over several of them. */
export function hasSplitMessage(records: Buffer): boolean {
    return [...readHandshake(records)].includes("split")
}

/** The handshake messages of all complete records, up to one that is split or to a record of another type. */
function* readHandshake(stream: Buffer): Generator<{ type: number; body: Buffer } | "split" | "other"> {
    for (let at = 0; stream.length - at >= RECORD_HEADER_BYTES; ) {
        const type = stream.readUInt8(at)
        const length = stream.readUInt16BE(at + 3)
        if (type !== CONTENT_HANDSHAKE || length > MAX_RECORD_BYTES) return yield "other"
        const end = at + RECORD_HEADER_BYTES + length
        if (end > stream.length) return
        yield* readMessages(stream.subarray(at + RECORD_HEADER_BYTES, end))
        at = end
    }
}

/** The handshake messages of one record. */
function* readMessages(record: Buffer): Generator<{ type: number; body: Buffer } | "split"> {
    for (let at = 0; at < record.length; ) {
        const body = at + MESSAGE_HEADER_BYTES
        const end = body <= record.length ? body + record.readUIntBE(at + 1, 3) : Infinity
        if (end > record.length) return yield "split"
        yield { type: record.readUInt8(at), body: record.subarray(body, end) }
        at = end
    }
}

/** 0 if the message is too short to hold one; the TLS engine will refuse it. */
function chosenSuite(serverHello: Buffer): number {
    const at = SESSION_ID_AT + 1 + (serverHello[SESSION_ID_AT] ?? 0)
    return at + 2 <= serverHello.length ? serverHello.readUInt16BE(at) : 0
}

const splitMessage: FlightState = {
    state: "refused",
    error: "-0x7080",
    reason: "the server splits a handshake message over several TLS records, which mbedTLS 3.5 cannot reassemble",
}

function readChain(message: Buffer): Buffer[] {
    const chain: Buffer[] = []
    for (let at = 3; at + 3 <= message.length; ) {
        const length = message.readUIntBE(at, 3)
        chain.push(message.subarray(at + 3, at + 3 + length))
        at += 3 + length
    }
    return chain
}
