/** TCP connections that lead to nobody, or to a server in this process: what faults put in the place of real ones. */
import { Duplex } from "node:stream"
import type { Tcp } from "../chip/link.ts"

/** One end of a connection within this process. */
export class Wire extends Duplex implements Tcp {
    bytesRead = 0
    bytesWritten = 0
    quietAt: Tcp["quietAt"]
    /** takes what is written; undefined: it is lost */
    #far: Wire | undefined
    /** bytes that still pass; what is written after them is lost */
    #passing = Infinity
    #onWrite: () => void = () => undefined

    /** Two ends that are joined. */
    static pair(): [Wire, Wire] {
        const [near, far] = [new Wire(), new Wire()]
        near.#far = far
        far.#far = near
        return [near, far]
    }

    /** Nothing more will come from the other side once it has so much, and this side too. */
    fallQuiet(quietAt: Tcp["quietAt"]): void {
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
export function silentPeer(): Tcp {
    const wire = new Wire()
    wire.quietAt = { upBytes: 0, downBytes: 0 }
    return connects(wire)
}

/** Nobody is there. @param syscall what fails: finding the name, or connecting */
export function noPeer(syscall: "getaddrinfo" | "connect"): Tcp {
    const wire = new Wire()
    process.nextTick(() => wire.destroy(Object.assign(new Error(`${syscall} fails by a fault`), { syscall })))
    return wire
}

/** The same, connected a moment later. */
export function connects(wire: Wire): Wire {
    process.nextTick(() => wire.emit("connect"))
    return wire
}
