/**
 * HTTP/1.1 client over one persistent connection. The runtime's `fetch` has no
 * deadline, no keep-alive and no chunked decoding, so this uses its `Socket`, of
 * which there is only one.
 *
 * On the chip, a worker resolves the name, connects and does the TLS handshake
 * without a timeout; closing the socket meanwhile frees memory that the worker
 * uses, and crashes the chip (devicescript-esp32 `main/sock.c`). The runtime
 * also closes it for each error event. So a pending attempt is never closed, and
 * none is started while another one is pending: its error would close the socket
 * during the handshake of the next.
 */
import * as ds from "@devicescript/core"
import { connect, Socket } from "@devicescript/net"
import { sleepUntil } from "../fiber"
import { Post } from "./post"
import { MAX_RESPONSE_BYTES, Response } from "./response"
import { UplinkError } from "./uplink-error"

/** Reason of an attempt that neither succeeded nor failed within its timeout. */
const SILENT = "silent"
/** After this long an attempt is reported as silent. It stays pending, and the next one waits for its end. */
const ATTEMPT_MS = 5 * 60 * 1000
const PENDING_POLL_MS = 1000
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

type OnEvent = typeof Socket._socketOnEvent

type Runtime = typeof ds & {
    _socketOpen(host: string, port: number): number
    _socketClose(): number
    _socketOnEvent: OnEvent
}

/** True while the worker is at an attempt for which `connect` no longer waits; there is only one worker. */
let isPending = false

/** Receives the events of such an attempt in place of `Socket`: the first one ends it. */
function endPending() {
    isPending = false
    // a connection that is open by now has no `Socket`
    ;(ds as Runtime)._socketClose()
}

/** since the last request, parsed or not */
let receivedBytes = 0

/**
 * Passes the events of an open connection on to `Socket`, which keeps all that arrives. What is more than a response
 * may have is dropped, and the connection closed: the chip reads faster than a program parses.
 */
const takeEvent: OnEvent = (event, arg) => {
    if (event === "data") receivedBytes += arg.length
    if (receivedBytes <= MAX_RESPONSE_BYTES) Socket._socketOnEvent(event, arg)
    else if ((ds as Runtime)._socketClose() === 0) Socket._socketOnEvent("error", "too long")
}

/** Without a host, the runtime's call checks for Wi-Fi and then fails in any case. */
function hasWifi(): boolean {
    try {
        ;(ds as Runtime)._socketOpen("", 0)
    } catch (error) {
        return !isWifiError(error as Error)
    }
    return true
}

export class HttpConnection {
    /** how often in a row 5 minutes have passed without an end of the pending attempt */
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
        await this.waitForPending()
        await sleepUntil(this.closedAtMs + PAUSE_AFTER_CLOSE_MS)
        try {
            this.socket = await connect({ host: this.host, port: this.port, proto: "tls", timeout: ATTEMPT_MS })
            ;(ds as Runtime)._socketOnEvent = takeEvent
            this.hungAttempts = 0
        } catch (error) {
            this.closedAtMs = ds.millis()
            const failure = connectError(error as Error)
            if (failure.reason !== SILENT) this.hungAttempts = 0
            else this.leavePending()
            throw failure
        }
    }

    private leavePending() {
        this.hungAttempts++
        isPending = true
        ;(ds as Runtime)._socketOnEvent = endPending
    }

    private async waitForPending(): Promise<void> {
        const deadlineMs = ds.millis() + ATTEMPT_MS
        while (isPending) {
            if (ds.millis() >= deadlineMs) {
                this.hungAttempts++
                throw new UplinkError("no-connection", SILENT)
            }
            await ds.sleep(PENDING_POLL_MS)
            this.closedAtMs = ds.millis()
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
        receivedBytes = 0
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
    const isHandshake = text.includes("mbedtls_ssl_handshake")
    // losing Wi-Fi also ends a handshake
    if (isWifiError(error) || (isHandshake && !hasWifi())) return new UplinkError("no-network", "wifi")
    if (isHandshake) return new UplinkError("refused", "handshake")
    if (text.includes("resolve")) return new UplinkError("no-connection", "name")
    if (text.includes("Timeout")) return new UplinkError("no-connection", SILENT)
    return new UplinkError("no-connection", "unreachable")
}

function isWifiError(error: Error): boolean {
    return error.message.includes("network not available")
}

/** Errors that are not from the socket are faults of the program and passed through. */
function exchangeError(error: Error): Error {
    return error.message.startsWith("socket ") ? new UplinkError("no-connection", "lost") : error
}
