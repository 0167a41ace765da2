/**
 * One connection to the server, kept open over many requests. The runtime has
 * one socket only, and its `fetch` no deadline, no keep-alive and no chunks;
 * so this is HTTP/1.1 over its `Socket`.
 *
 * On the chip a worker resolves, connects and shakes hands without a bound of
 * its own, and closing meanwhile frees what it uses (devicescript-esp32
 * `main/sock.c`). So an attempt is never closed, only outwaited.
 */
import * as ds from "@devicescript/core"
import { connect, Socket } from "@devicescript/net"
import { sleepUntil } from "../fiber"
import { Response } from "./response"
import { SILENT, UplinkError } from "./uplink-error"

/** TCP alone may try for minutes; a second attempt before the first has ended would only queue behind it. */
const ATTEMPT_MS = 5 * 60 * 1000
/** From the first byte of the request to the last of the response. */
const EXCHANGE_MS = 20 * 1000
/** A late event of the old connection would be taken for one of the new. */
const PAUSE_AFTER_CLOSE_MS = 100
/** TLS records of the chip hold 4 kB; what does not fit the TCP buffer of a moment is lost, so pieces stay small. */
const PIECE_BYTES = 1000
/** Pause while the socket's queue is full. */
const QUEUE_FULL_MS = 50
/**
 * A response is taken in bites with a breath between: the runtime stops a
 * program that takes 128 k steps without one, and a bite of hostile lines is 50 k.
 */
const CHUNK_BYTES = 256
const YIELD_MS = 1

export class HttpConnection {
    private socket: Socket
    private closedAtMs = 0
    private readonly response = new Response()

    constructor(
        private readonly host: string,
        private readonly port: number,
    ) {}

    /** True when a connection stands and nothing has come over it unasked. */
    async isUsable(): Promise<boolean> {
        if (!this.socket) return false
        try {
            if ((await this.socket.recv(0)) === undefined) return true
        } catch {
            // the connection broke since the last response
        }
        await this.close()
        return false
    }

    /** @throws UplinkError no-network, no-connection, refused */
    async open(): Promise<void> {
        await sleepUntil(this.closedAtMs + PAUSE_AFTER_CLOSE_MS)
        try {
            this.socket = await connect({ host: this.host, port: this.port, proto: "tls", timeout: ATTEMPT_MS })
        } catch (error) {
            this.closedAtMs = ds.millis()
            throw connectError(error as Error)
        }
    }

    async close(): Promise<void> {
        if (!this.socket) return
        const socket = this.socket
        this.socket = undefined
        this.closedAtMs = ds.millis()
        await socket.close()
    }

    /** True when the last exchange brought at least one byte of a response. */
    responseBegan(): boolean {
        return this.response.begun
    }

    /**
     * Sends the bytes from `start` to `end` and takes the whole response, which
     * is valid until the next call.
     *
     * @throws UplinkError no-connection, broken; the connection is closed then
     */
    async exchange(bytes: Buffer, start: number, end: number): Promise<Response> {
        const deadlineMs = ds.millis() + EXCHANGE_MS
        this.response.reset()
        try {
            await this.send(bytes, start, end, deadlineMs)
            await this.receive(deadlineMs)
        } catch (error) {
            await this.close()
            throw exchangeError(error as Error)
        }
        if (!this.response.keepAlive) await this.close()
        return this.response
    }

    private async send(bytes: Buffer, start: number, end: number, deadlineMs: number): Promise<void> {
        for (let at = start; at < end; at += PIECE_BYTES)
            await this.sendPiece(bytes.slice(at, Math.min(end, at + PIECE_BYTES)), deadlineMs)
    }

    /** `Socket.send` throws when the queue is full, although nothing was sent: then again. */
    private async sendPiece(piece: Buffer, deadlineMs: number): Promise<void> {
        while (true) {
            try {
                await this.socket.send(piece)
                return
            } catch (error) {
                if (!(error as Error).message.endsWith("send error -1") || ds.millis() >= deadlineMs) throw error
            }
            await ds.sleep(QUEUE_FULL_MS)
        }
    }

    private async receive(deadlineMs: number): Promise<void> {
        while (!this.response.isComplete()) {
            const restMs = deadlineMs - ds.millis()
            if (restMs <= 0) throw new UplinkError("no-connection", "deadline")
            const bytes = await this.socket.recv(restMs)
            if (bytes === null) return this.response.end()
            if (bytes) await this.take(bytes)
        }
    }

    private async take(bytes: Buffer): Promise<void> {
        for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
            const end = Math.min(bytes.length, at + CHUNK_BYTES)
            if (this.response.feed(bytes, at, end) < end) this.response.keepAlive = false
            await ds.sleep(YIELD_MS)
        }
    }
}

/** The socket's errors are told apart by their texts alone. */
function connectError(error: Error): UplinkError {
    const text = error.message
    if (text.includes("network not available")) return new UplinkError("no-network", "wifi")
    if (text.includes("mbedtls_ssl_handshake")) return new UplinkError("refused", "handshake")
    if (text.includes("resolve")) return new UplinkError("no-connection", "name")
    if (text.includes("Timeout")) return new UplinkError("no-connection", SILENT)
    return new UplinkError("no-connection", "unreachable")
}

/** What did not come from the socket is a fault of the program, and passed on. */
function exchangeError(error: Error): Error {
    return error.message.startsWith("socket ") ? new UplinkError("no-connection", "lost") : error
}
