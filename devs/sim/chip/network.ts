/**
 * The chip's network as its program sees it: one socket, a worker that runs
 * one command after the other, and events that arrive between two ticks of the
 * runtime. Source: devicescript-esp32 `main/sock.c`.
 */
import { createConnection } from "node:net"
import type { Duplex } from "node:stream"
import { AirpinError } from "../../../certs/error.ts"
import { type Certificate, parseCertificate } from "../../../certs/x509/certificate.ts"
import { isValidAt } from "../../../certs/x509/verify.ts"
import type { Network, SocketEvent } from "../../vm/machine.ts"
import { Connection, type TcpStream } from "./connection.ts"
import { chipHandshake, HandshakeRefused } from "./tls.ts"

/** sock.c: length of its command queue, and the write that fails its assertion */
const MAX_COMMANDS = 50
const TLS_OUT_CONTENT_BYTES = 4096
/** After this long without activity, in real time, virtual time goes on and the device's own timeout applies. */
const SILENCE_TIMEOUT_MS = 5000
const ERROR_NOT_CONNECTED = -10
const ERROR_QUEUE_FULL = -1

type Command = { open: { host: string; port: number; tls: boolean } } | { write: Uint8Array }

/** Prefix of log lines that come from the simulator, not from a chip. */
export const SIMULATOR_LOG_PREFIX = "simulator: "

/** What crossed the wire, in bytes of TCP payload. */
export interface Traffic {
    /** TLS handshakes completed */
    handshakes: number
    /** handshakes that the chip aborted because of the certificates */
    refusals: number
    bytesUp: number
    bytesDown: number
}

export interface ChipNetworkOptions {
    /** the certificate bundle's bytes, as flashed */
    bundle: Uint8Array
    /** a line that the chip's socket layer logs */
    onLog?(line: string): void
    /** called when an event is ready for the device */
    onActivity?(): void
    /** TCP for faults; real TCP if absent */
    connectTcp?(host: string, port: number): TcpStream
}

export class ChipNetwork implements Network {
    /** false: no Wi-Fi */
    available = true
    readonly #options: ChipNetworkOptions
    /** totals of the closed connections */
    readonly #past: Traffic = { handshakes: 0, refusals: 0, bytesUp: 0, bytesDown: 0 }
    #commands: Command[] = []
    /** identifies the task that runs the commands; undefined while there are none */
    #worker: object | undefined
    /** the connection that the worker is opening */
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
            throw new AirpinError(
                "CHIP_PANIC",
                `a write of ${bytes.length} bytes fails an assertion on the chip; it takes at most ${TLS_OUT_CONTENT_BYTES - 1} over TLS`,
            )
        return this.#enqueue({ write: bytes })
    }

    close(): number {
        if (!this.#connection) return ERROR_NOT_CONNECTED
        this.#drop()
        return 0
    }

    /** A restart of the chip: drops the connection, all commands and all events. */
    reset(): void {
        this.#worker = undefined
        this.#commands = []
        this.#attempt?.destroy()
        this.#drop()
        this.#events = []
    }

    /** Loses the path to the peer: the open connection goes silent, and the program is not notified. */
    sever(): void {
        this.#connection?.sever()
    }

    /** The peer closes the open connection. */
    hangUp(): void {
        if (this.#connection?.isOpen) this.#ended({ type: "close" })
        else this.#connection?.destroy()
    }

    takeEvents(): SocketEvent[] {
        const events = this.#events
        this.#events = []
        return events
    }

    /** Totals since power-up, the open connection included. */
    get traffic(): Traffic {
        const { bytesUp, bytesDown } = this.#connection ?? { bytesUp: 0, bytesDown: 0 }
        return { ...this.#past, bytesUp: this.#past.bytesUp + bytesUp, bytesDown: this.#past.bytesDown + bytesDown }
    }

    /**
     * True while the device waits for a connection, a handshake or a response.
     * It ends when the peer stays silent for `SILENCE_TIMEOUT_MS`, or is known
     * to stay silent: then the device's own timeout applies.
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
            if (!(error instanceof HandshakeRefused)) throw error
            if (worker === this.#worker) this.#handshakeFailed(connection, error)
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

    /** The chip does not check dates, but its owner should. */
    #warnOfDates(chain: Buffer[]): void {
        for (const { subject, notBefore, notAfter } of outdated(chain, new Date()))
            this.#options.onLog?.(
                `${SIMULATOR_LOG_PREFIX}"${subject}" is valid from ${notBefore.toISOString()} to ${notAfter.toISOString()}: the chip does not check dates and accepts it`,
            )
    }

    /** Like sock.c: the program gets the name of the failed call, only the log has the error code. */
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

/** Certificates outside their dates. The chip accepts some that this parser rejects; those are skipped. */
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

/** Opens a real TCP connection. */
export function connectTcp(host: string, port: number): TcpStream {
    return createConnection({ host, port, noDelay: true })
}

/** undefined once connected; otherwise the error message that sock.c gives its program. */
function connected(tcp: TcpStream): Promise<string | undefined> {
    return new Promise(resolve => {
        tcp.once("connect", () => resolve(undefined))
        tcp.once("close", () => resolve("can't connect"))
        tcp.once("error", (error: NodeJS.ErrnoException) =>
            resolve(error.syscall === "getaddrinfo" ? "can't resolve host" : "can't connect"),
        )
    })
}
