/** TCP connections that lead to nobody, or to a server in this process: what faults put in the place of real ones. */
import { Duplex } from "node:stream"
import type { TcpStream } from "../chip/connection.ts"

/** One end of a connection within this process. */
export class MemorySocket extends Duplex implements TcpStream {
    bytesRead = 0
    bytesWritten = 0
    quietAt: TcpStream["quietAt"]
    /** takes what is written; undefined: it is lost */
    #far: MemorySocket | undefined
    /** bytes that still pass; what is written after them is lost */
    #passing = Infinity
    #onWrite: () => void = () => undefined

    /** Two ends that are joined. */
    static pair(): [MemorySocket, MemorySocket] {
        const [near, far] = [new MemorySocket(), new MemorySocket()]
        near.#far = far
        far.#far = near
        return [near, far]
    }

    /** Nothing more will come from the other side once it has so much, and this side too. */
    fallQuiet(quietAt: TcpStream["quietAt"]): void {
        this.quietAt = quietAt
        this.emit("quiet")
    }

    /** Lets so many more bytes pass from here, and loses the others without a word. */
    passOnly(bytes: number): void {
        this.#passing = bytes
    }

    /** Calls this before each write from here. */
    onWrite(hear: () => void): void {
        this.#onWrite = hear
    }

    #receive(bytes: Buffer): void {
        this.bytesRead += bytes.length
        this.push(bytes)
    }

    override _read(): void {
        // what comes is pushed as it comes
    }

    override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
        this.#onWrite()
        this.bytesWritten += bytes.length
        const passed = bytes.subarray(0, this.#passing)
        this.#passing -= passed.length
        if (passed.length > 0 && this.#far && !this.#far.destroyed) this.#far.#receive(passed)
        done()
    }

    override _final(done: () => void): void {
        this.#end()
        done()
    }

    override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
        this.#end()
        done(error)
    }

    /** The other side hears of it, unless all that is written here is lost. */
    #end(): void {
        if (this.#passing > 0 && this.#far?.readable) this.#far.push(null)
    }
}

/** A server that accepts and then does nothing; nobody waits for it in real time. */
export function silentPeer(): TcpStream {
    const socket = new MemorySocket()
    socket.quietAt = { upBytes: 0, downBytes: 0 }
    return connects(socket)
}

/** Nobody is there. @param syscall what fails: finding the name, or connecting */
export function noPeer(syscall: "getaddrinfo" | "connect"): TcpStream {
    const socket = new MemorySocket()
    process.nextTick(() => socket.destroy(Object.assign(new Error(`${syscall} fails by a fault`), { syscall })))
    return socket
}

/** The same, connected a moment later. */
export function connects(socket: MemorySocket): MemorySocket {
    process.nextTick(() => socket.emit("connect"))
    return socket
}
