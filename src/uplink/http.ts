/**
 * HTTP/1.1 client over one persistent connection. The runtime's `fetch` has no
 * deadline, no keep-alive and no chunked decoding, so this uses its `Socket`, of
 * which there is only one.
 *
 * On the chip, a worker resolves the name, connects and does the TLS handshake
 * without a timeout; closing the socket meanwhile frees memory that the worker
 * uses (devicescript-esp32 `main/sock.c`). So a pending attempt is never closed.
 */
import * as ds from "@devicescript/core"
import { connect, Socket } from "@devicescript/net"
import { sleepUntil } from "../fiber"
import { Post } from "./post"
import { Response } from "./response"
import { UplinkError } from "./uplink-error"

/** Reason of an attempt that neither succeeded nor failed within its timeout. */
const SILENT = "silent"
/** TCP may retry for minutes, and a second attempt would only queue behind the first. */
const ATTEMPT_MS = 5 * 60 * 1000
/** From the first byte of the request to the last of the response. */
const EXCHANGE_MS = 20 * 1000
/** Keeps late events of the old connection from being delivered to the new one. */
const PAUSE_AFTER_CLOSE_MS = 100
/**
 * The chip's TLS records hold 4 kB, and bytes that do not fit into the TCP send buffer are lost, so
 * writes are small.
 */
const PIECE_BYTES = 1000
/** Pause while the socket's queue is full. */
const QUEUE_FULL_MS = 50
/**
 * A response is parsed in chunks with a yield after each: the runtime stops a
 * program that takes 128 k steps without yielding, and a chunk of hostile lines
 * takes 50 k.
 */
const CHUNK_BYTES = 256
const YIELD_MS = 1

export class HttpConnection {
    /** consecutive connection attempts that neither succeeded nor failed within their timeout */
    hungAttempts = 0
    private socket: Socket
    private closedAtMs = 0
    private readonly response = new Response()

    constructor(
        private readonly host: string,
        private readonly port: number,
    ) {}

    /** True if a connection is open and nothing was received on it since the last response. */
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
            this.hungAttempts = 0
        } catch (error) {
            this.closedAtMs = ds.millis()
            const failure = connectError(error as Error)
            this.hungAttempts = failure.reason === SILENT ? this.hungAttempts + 1 : 0
            throw failure
        }
    }

    async close(): Promise<void> {
        if (!this.socket) return
        const socket = this.socket
        this.socket = undefined
        this.closedAtMs = ds.millis()
        await socket.close()
    }

    /** True if at least one byte of a response was received in the last exchange. */
    responseBegan(): boolean {
        return this.response.begun
    }

    /**
     * Sends the request, releases it, and receives the whole response, which is
     * valid until the next call.
     *
     * @throws UplinkError no-connection, broken; the connection is then closed
     */
    async exchange(post: Post): Promise<Response> {
        const deadlineMs = ds.millis() + EXCHANGE_MS
        this.response.reset()
        try {
            await this.send(post.bytes, post.start, post.end, deadlineMs)
            post.release()
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

    /** Retries while the socket's queue is full: `Socket.send` then throws without having sent anything. */
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
            const remainingMs = deadlineMs - ds.millis()
            if (remainingMs <= 0) throw new UplinkError("no-connection", "deadline")
            const bytes = await this.socket.recv(remainingMs)
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

/** The socket's errors differ only in their messages. */
function connectError(error: Error): UplinkError {
    const text = error.message
    if (text.includes("network not available")) return new UplinkError("no-network", "wifi")
    if (text.includes("mbedtls_ssl_handshake")) return new UplinkError("refused", "handshake")
    if (text.includes("resolve")) return new UplinkError("no-connection", "name")
    if (text.includes("Timeout")) return new UplinkError("no-connection", SILENT)
    return new UplinkError("no-connection", "unreachable")
}

/** Errors that are not from the socket are faults of the program and passed through. */
function exchangeError(error: Error): Error {
    return error.message.startsWith("socket ") ? new UplinkError("no-connection", "lost") : error
}
