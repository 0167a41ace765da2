/** One TCP connection of the chip, with or without TLS on it. */
import type { Duplex } from "node:stream"
import { HttpTracker } from "./http-tracker.ts"

/** sock.c: its receive buffer */
const RECEIVE_BYTES = 1024

/**
 * What stands for a TCP connection: a socket, or what a fault puts in its
 * place. It emits "connect" or "error" first, and "quiet" when `quietAt` is set later.
 */
export interface TcpStream extends Duplex {
    readonly bytesRead: number
    readonly bytesWritten: number
    /** When so much plaintext has come from the chip and gone to it, nothing more will come until virtual time goes on. */
    readonly quietAt?: { upBytes: number; downBytes: number } | undefined
}

export interface ConnectionEvents {
    data(bytes: Uint8Array): void
    end(): void
    error(): void
}

export class Connection {
    readonly tls: boolean
    readonly http = new HttpTracker()
    readonly #tcp: TcpStream
    #stream: Duplex | undefined
    #sentBytes = 0
    #receivedBytes = 0
    #severed = false

    constructor(tcp: TcpStream, tls: boolean) {
        this.#tcp = tcp
        this.tls = tls
        tcp.on("error", () => undefined)
    }

    get bytesUp(): number {
        return this.#tcp.bytesWritten
    }

    get bytesDown(): number {
        return this.#tcp.bytesRead
    }

    /** True when it is known that nothing will come until virtual time goes on. */
    get isQuiet(): boolean {
        const { quietAt } = this.#tcp
        return this.#severed || (quietAt?.upBytes === this.#sentBytes && quietAt.downBytes <= this.#receivedBytes)
    }

    get isOpen(): boolean {
        return this.#stream !== undefined
    }

    attach(stream: Duplex, events: ConnectionEvents): void {
        this.#stream = stream
        stream.on("data", (bytes: Buffer) => {
            this.#receivedBytes += bytes.length
            if (this.#severed) return
            this.http.received(bytes)
            for (let at = 0; at < bytes.length; at += RECEIVE_BYTES) events.data(bytes.subarray(at, at + RECEIVE_BYTES))
        })
        stream.once("end", () => this.#severed || events.end())
        stream.once("error", () => this.#severed || events.error())
    }

    send(bytes: Uint8Array): void {
        this.#sentBytes += bytes.length
        this.http.sent(bytes)
        if (!this.#severed) this.#stream?.write(bytes)
    }

    /** From now on nothing passes either way, and neither side is told. */
    sever(): void {
        this.#severed = true
        if (!this.#stream) this.#tcp.removeAllListeners("data").removeAllListeners("end").removeAllListeners("close")
    }

    destroy(): void {
        this.#stream?.destroy()
        this.#tcp.destroy()
    }
}
