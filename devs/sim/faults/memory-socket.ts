/**
 * TCP connections without a network, with which faults replace real ones: to a server in this process,
 * or to nobody.
 */
import { Duplex } from "node:stream"
import type { TcpStream } from "../chip/connection.ts"

/** One end of a connection inside this process. */
export class MemorySocket extends Duplex implements TcpStream {
    bytesRead = 0
    bytesWritten = 0
    quietAt: TcpStream["quietAt"]
    /** gets what is written; undefined: it is lost */
    #far: MemorySocket | undefined
    /** bytes that still pass; everything written after them is held back */
    #passing = Infinity
    #heldBack: Buffer[] = []
    #onWrite: () => void = () => undefined

    /** Two connected ends. */
    static pair(): [MemorySocket, MemorySocket] {
        const [near, far] = [new MemorySocket(), new MemorySocket()]
        near.#far = far
        far.#far = near
        return [near, far]
    }

    /** From now on nothing comes from the other side once these byte counts are reached. */
    fallQuiet(quietAt: TcpStream["quietAt"]): void {
        this.quietAt = quietAt
        this.emit("quiet")
    }

    /** Lets this many more bytes pass from here, and holds back the rest, perhaps for ever. */
    passOnly(bytes: number): void {
        this.#passing = Math.min(this.#passing, bytes)
    }

    /** Lets everything pass, also what was held back. */
    passAll(): void {
        this.#passing = Infinity
        for (const bytes of this.#heldBack.splice(0)) this.#pass(bytes)
    }

    /** Calls `onWrite` before each write from here. */
    onWrite(onWrite: () => void): void {
        this.#onWrite = onWrite
    }

    #receive(bytes: Buffer): void {
        this.bytesRead += bytes.length
        this.push(bytes)
    }

    override _read(): void {
        // received bytes are pushed as they come
    }

    override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
        this.#onWrite()
        this.bytesWritten += bytes.length
        const passed = bytes.subarray(0, this.#passing)
        this.#passing -= passed.length
        if (passed.length > 0) this.#pass(passed)
        if (passed.length < bytes.length) this.#heldBack.push(bytes.subarray(passed.length))
        done()
    }

    #pass(bytes: Buffer): void {
        if (this.#far && !this.#far.destroyed) this.#far.#receive(bytes)
    }

    override _final(done: () => void): void {
        this.#end()
        done()
    }

    override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
        this.#end()
        done(error)
    }

    /** Ends the other side too, unless everything written here is held back. */
    #end(): void {
        if (this.#passing > 0 && this.#far?.readable) this.#far.push(null)
    }
}

/** A server that is silent from the start or once it has accepted; the simulation does not wait for it in real time. */
export function silentPeer(silent: "before TCP" | "after TCP"): MemorySocket {
    const socket = new MemorySocket()
    socket.quietAt = { upBytes: 0, downBytes: 0 }
    return silent === "after TCP" ? connects(socket) : socket
}

/** A connection that fails. @param syscall the failing step: resolving the name, or connecting */
export function noPeer(syscall: "getaddrinfo" | "connect"): TcpStream {
    const socket = new MemorySocket()
    process.nextTick(() => failsToConnect(socket, syscall))
    return socket
}

/** Ends a connection attempt with an error of this step. */
export function failsToConnect(socket: MemorySocket, syscall: "getaddrinfo" | "connect"): void {
    socket.fallQuiet(undefined)
    socket.destroy(Object.assign(new Error(`a fault makes ${syscall} fail`), { syscall }))
}

/** The same socket, which emits "connect" in the next tick of the event loop. */
export function connects(socket: MemorySocket): MemorySocket {
    process.nextTick(() => socket.emit("connect"))
    return socket
}
