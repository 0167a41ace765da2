/** One TCP connection of the chip, with or without TLS. */
import type { Duplex } from "node:stream"
import { type Exchange, HttpTracker } from "./http-tracker.ts"

/** sock.c: its receive buffer */
const RECEIVE_BYTES = 1024

/**
 * A TCP connection: a real socket, or a fault's replacement. It emits "connect"
 * or "error" first, and "quiet" when `quietAt` is set later.
 */
export interface TcpStream extends Duplex {
    readonly bytesRead: number
    readonly bytesWritten: number
    /** After this much plaintext from and to the chip, nothing more comes until virtual time advances. */
    readonly quietAt?: { upBytes: number; downBytes: number } | undefined
}

export interface ConnectionEvents {
    data(bytes: Uint8Array): void
    end(): void
    /** @param call which call failed */
    error(call: "read" | "write", reason: string): void
}

export class Connection {
    readonly tls: boolean
    readonly http: HttpTracker
    readonly #tcp: TcpStream
    #stream: Duplex | undefined
    #sentBytes = 0
    #receivedBytes = 0
    #severed = false

    constructor(tcp: TcpStream, tls: boolean, onExchange?: (exchange: Exchange) => void) {
        this.http = new HttpTracker(onExchange)
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

    /** True if it is certain that nothing comes until virtual time advances. */
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
        stream.once(
            "error",
            ({ syscall, message }: NodeJS.ErrnoException) =>
                this.#severed || events.error(syscall === "write" ? "write" : "read", message),
        )
    }

    send(bytes: Uint8Array): void {
        this.#sentBytes += bytes.length
        this.http.sent(bytes)
        if (!this.#severed) this.#stream?.write(bytes)
    }

    /** From now on nothing passes either way, and neither side is notified. */
    sever(): void {
        this.#severed = true
        if (!this.#stream) this.#tcp.removeAllListeners("data").removeAllListeners("end").removeAllListeners("close")
    }

    destroy(): void {
        this.#stream?.destroy()
        this.#tcp.destroy()
    }
}
