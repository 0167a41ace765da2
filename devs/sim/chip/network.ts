/**
 * The chip's network as its program sees it: one socket, a worker that takes
 * one command after the other, events that arrive between two rounds of the
 * runtime. Source: devicescript-esp32 `main/sock.c`.
 */
import { createConnection } from "node:net"
import type { Duplex } from "node:stream"
import { AirpinError } from "../../../certs/error.ts"
import { type Certificate, parseCertificate } from "../../../certs/x509/certificate.ts"
import { isValidAt } from "../../../certs/x509/verify.ts"
import type { Network, SocketEvent } from "../../vm/machine.ts"
import { Connection, type TcpStream } from "./connection.ts"
import { chipHandshake, type HandshakeRefused } from "./tls.ts"

/** sock.c: length of its command queue, and the write that fails its assertion */
const MAX_COMMANDS = 50
const TLS_OUT_CONTENT_BYTES = 4096
/** Real time without a sign from the peer after which virtual time goes on. */
const SILENCE_TIMEOUT_MS = 5000
const ERROR_NOT_CONNECTED = -10
const ERROR_QUEUE_FULL = -1

type Command = { open: { host: string; port: number; tls: boolean } } | { write: Uint8Array }

/** Begins the lines of the log that no chip would write. */
export const SIMULATOR_LOG_PREFIX = "simulator: "

/** What crossed the wire, in bytes of TCP payload. */
export interface Traffic {
    /** TLS handshakes completed */
    handshakes: number
    /** handshakes that the chip ended because of the certificates */
    refusals: number
    bytesUp: number
    bytesDown: number
}

export interface ChipNetworkOptions {
    /** the certificate bundle's bytes, as flashed */
    bundle: Uint8Array
    /** lines the chip's socket layer would print */
    onLog?(line: string): void
    /** something happened that the device may want to see */
    onActivity?(): void
    /** TCP instead of the real one, for faults */
    connectTcp?(host: string, port: number): TcpStream
}

export class ChipNetwork implements Network {
    /** false: no Wi-Fi */
    available = true
    readonly #options: ChipNetworkOptions
    /** what the connections before this one came to */
    readonly #past: Traffic = { handshakes: 0, refusals: 0, bytesUp: 0, bytesDown: 0 }
    #commands: Command[] = []
    /** the task that takes the commands; undefined while there are none */
    #worker: object | undefined
    /** the connection that the worker tries to make */
    #attempt: TcpStream | undefined
    #connection: Connection | undefined
    #events: SocketEvent[] = []
    #activeAtMs = 0

    constructor(options: ChipNetworkOptions) {
        this.#options = options
    }

    isAvailable(): boolean {
        return this.available
    }

    open(host: string, port: number, tls: boolean): number {
        return this.#enqueue({ open: { host, port, tls } })
    }

    write(bytes: Uint8Array): number {
        if (!this.#connection) return ERROR_NOT_CONNECTED
        if (this.#connection.tls && bytes.length >= TLS_OUT_CONTENT_BYTES)
            throw new AirpinError("CHIP_PANIC", `a write of ${bytes.length} bytes fails an assertion on the chip`)
        return this.#enqueue({ write: bytes })
    }

    close(): number {
        if (!this.#connection) return ERROR_NOT_CONNECTED
        this.#drop()
        return 0
    }

    /** What the chip loses when it starts anew: its connection, whatever its worker was at, and what it was yet to hear. */
    reset(): void {
        this.#worker = undefined
        this.#commands = []
        this.#attempt?.destroy()
        this.#drop()
        this.#events = []
    }

    /** The path to the peer is lost: nothing comes of what stands any more, and the program is told nothing. */
    sever(): void {
        this.#connection?.sever()
    }

    /** The peer ends what stands. */
    hangUp(): void {
        if (this.#connection?.isOpen) this.#ended({ type: "close" })
        else this.#connection?.destroy()
    }

    takeEvents(): SocketEvent[] {
        const events = this.#events
        this.#events = []
        return events
    }

    /** Everything since power-up, the present connection included. */
    get traffic(): Traffic {
        const { bytesUp, bytesDown } = this.#connection ?? { bytesUp: 0, bytesDown: 0 }
        return { ...this.#past, bytesUp: this.#past.bytesUp + bytesUp, bytesDown: this.#past.bytesDown + bytesDown }
    }

    /**
     * True while the device waits for the world: a connection, a handshake, an
     * answer. Not for ever: a peer that stays silent is left to the device's own
     * deadline, at once where it is known to.
     */
    get responseDue(): boolean {
        const due = this.#worker || this.hasEvents || this.#connection?.http.responseDue
        return Boolean(due) && !this.#connection?.isQuiet && performance.now() - this.#activeAtMs < SILENCE_TIMEOUT_MS
    }

    get hasEvents(): boolean {
        return this.#events.length > 0
    }

    #enqueue(command: Command): number {
        if (this.#commands.length >= MAX_COMMANDS) return ERROR_QUEUE_FULL
        this.#commands.push(command)
        this.#activeAtMs = performance.now()
        if (!this.#worker) void this.#work()
        return 0
    }

    async #work(): Promise<void> {
        const worker = (this.#worker = {})
        for (let command = this.#commands.shift(); command; command = this.#commands.shift()) {
            if ("open" in command) await this.#connect(command.open, worker)
            else this.#connection?.send(command.write)
            if (worker !== this.#worker) return
        }
        this.#worker = undefined
        this.#active()
    }

    async #connect({ host, port, tls }: { host: string; port: number; tls: boolean }, worker: object): Promise<void> {
        this.#drop()
        const tcp = (this.#attempt = (this.#options.connectTcp ?? connectTcp)(host, port))
        const failure = await connected(tcp)
        if (worker !== this.#worker) return
        if (failure) return this.#event({ type: "error", message: failure })
        const connection = new Connection(tcp, tls)
        this.#connection = connection
        tcp.on("quiet", () => this.#active())
        if (connection.isQuiet) this.#active()
        try {
            const stream = tls
                ? await chipHandshake(tcp, host, this.#options.bundle, chain => this.#warnOfDates(chain))
                : tcp
            this.#opened(connection, stream)
        } catch (error) {
            if (worker === this.#worker) this.#handshakeFailed(connection, error as HandshakeRefused)
        }
    }

    #opened(connection: Connection, stream: Duplex): void {
        if (connection !== this.#connection) return void stream.destroy()
        if (connection.tls) this.#past.handshakes++
        connection.attach(stream, {
            data: data => connection === this.#connection && this.#event({ type: "data", data }),
            end: () => connection === this.#connection && this.#ended({ type: "close" }),
            error: () =>
                connection === this.#connection &&
                this.#ended({ type: "error", message: connection.tls ? "mbedtls_ssl_read" : "recv error" }),
        })
        this.#event({ type: "open" })
    }

    /** What the chip does not look at, and its owner should. */
    #warnOfDates(chain: Buffer[]): void {
        for (const { subject, notBefore, notAfter } of outdated(chain, new Date()))
            this.#options.onLog?.(
                `${SIMULATOR_LOG_PREFIX}"${subject}" is valid from ${notBefore.toISOString()} to ${notAfter.toISOString()}: the chip does not check dates, and accepts it`,
            )
    }

    /** As sock.c does it: the program is told the name of the call that failed; the code is only in the log. */
    #handshakeFailed(connection: Connection, { error, message, untrusted }: HandshakeRefused): void {
        this.#options.onLog?.(`SOCK: mbedtls_ssl_handshake returned ${error.replace("0x", "")}`)
        this.#options.onLog?.(`SOCK:   ${message}`)
        if (untrusted) this.#past.refusals++
        if (connection === this.#connection) this.#ended({ type: "error", message: "mbedtls_ssl_handshake" })
    }

    #ended(event: SocketEvent): void {
        this.#drop()
        this.#event(event)
    }

    #drop(): void {
        if (!this.#connection) return
        this.#past.bytesUp += this.#connection.bytesUp
        this.#past.bytesDown += this.#connection.bytesDown
        this.#connection.destroy()
        this.#connection = undefined
    }

    #event(event: SocketEvent): void {
        this.#events.push(event)
        this.#active()
    }

    #active(): void {
        this.#activeAtMs = performance.now()
        this.#options.onActivity?.()
    }
}

/** The chip reads some certificates that the tools do not: those pass without a word here. */
function outdated(chain: Buffer[], now: Date): Certificate[] {
    return chain.flatMap(readable).filter(certificate => !isValidAt(certificate, now))
}

function readable(der: Buffer): Certificate[] {
    try {
        return [parseCertificate(der)]
    } catch {
        return []
    }
}

/** The real one. */
export function connectTcp(host: string, port: number): TcpStream {
    return createConnection({ host, port, noDelay: true })
}

/** Nothing when connected; otherwise the message that sock.c gives its program. */
function connected(tcp: TcpStream): Promise<string | undefined> {
    return new Promise(resolve => {
        tcp.once("connect", () => resolve(undefined))
        tcp.once("close", () => resolve("can't connect"))
        tcp.once("error", (error: NodeJS.ErrnoException) =>
            resolve(error.syscall === "getaddrinfo" ? "can't resolve host" : "can't connect"),
        )
    })
}
