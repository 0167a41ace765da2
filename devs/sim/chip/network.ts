/**
 * The chip's network as its program sees it: one socket, a worker that runs
 * one command after the other, and events that arrive between two ticks of the
 * runtime. Source: devicescript-esp32 `main/sock.c`; `README.md` here lists
 * what is modelled, with its place in sock.c and its test.
 */
import { lookup } from "node:dns"
import { createConnection, isIPv6, type LookupFunction, Socket } from "node:net"
import type { Duplex } from "node:stream"
import { AirpinError } from "../../../certs/error.ts"
import { type Certificate, parseCertificate } from "../../../certs/x509/certificate.ts"
import { isValidAt } from "../../../certs/x509/verify.ts"
import type { Network, SocketEvent } from "../../vm/machine.ts"
import { Connection, type TcpStream } from "./connection.ts"
import type { Exchange } from "./http-tracker.ts"
import { ReceivedEvents } from "./received.ts"
import { chipHandshake, HandshakeRefused } from "./tls.ts"

/** sock.c: length of its command queue, and the write that fails its assertion */
const MAX_COMMANDS = 50
const TLS_OUT_CONTENT_BYTES = 4096
/** lwIP: CONFIG_LWIP_TCP_SYNMAXRTX (12) retries, 1.5 s each */
export const SYN_TIMEOUT_MS = 19_000
/** how mbedTLS reports a connection that lwIP has aborted: MBEDTLS_ERR_NET_RECV_FAILED */
const RECEIVE_FAILED = "-0x4c"
const ABORTED = "NET - Reading information from the socket failed"
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
    /** handshakes that the chip aborted because it does not trust the certificates */
    refusals: number
    bytesUp: number
    bytesDown: number
}

export interface ChipNetworkOptions {
    bundle: Uint8Array
    /** the chip's clock, ms */
    now(): number
    /** a line that the chip's socket layer logs */
    onLog?(line: string): void
    /** called when an event is ready for the device */
    onActivity?(): void
    /** called with each complete response */
    onExchange?(exchange: Exchange): void
    /** TCP for faults; real TCP if absent */
    connectTcp?(host: string, port: number): TcpStream
    /** for a device ahead of its server's time: resolves when that has come to its own; undefined if it is not ahead */
    serverTime?(): Promise<void> | undefined
}

export class ChipNetwork implements Network {
    /** false: no Wi-Fi. To lose it as on the chip: `loseWifi` */
    available = true
    /** the certificate bundle's bytes, as flashed; a change takes effect at the next handshake */
    bundle: Uint8Array
    readonly #options: ChipNetworkOptions
    /** totals of the closed connections */
    readonly #past: Traffic = { handshakes: 0, refusals: 0, bytesUp: 0, bytesDown: 0 }
    #commands: Command[] = []
    /** identifies the task that runs the commands; undefined while there are none */
    #worker: object | undefined
    /** what the worker is opening, until the handshake has ended */
    #attempt: Connection | undefined
    /** what sock.c has a file descriptor of: from the end of the TCP handshake on */
    #connection: Connection | undefined
    readonly #events = new ReceivedEvents()
    #activeAtMs = 0
    /** the worker waits for the time of the server */
    #isAhead = false

    constructor(options: ChipNetworkOptions) {
        this.#options = options
        this.bundle = options.bundle
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

    /**
     * Closes the socket. The main task does so for the program's `close`, and when it delivers an error.
     *
     * @throws AirpinError CHIP_PANIC if an open is running or queued: the main task then frees the TLS structures that
     * the worker uses. On the chip it is a race in the handshake; here it fails always, and for every open.
     */
    close(): number {
        if (this.#isOpening)
            throw new AirpinError(
                "CHIP_PANIC",
                "the socket is closed while its worker still opens a connection, and frees the memory of its handshake",
            )
        if (!this.#connection) return ERROR_NOT_CONNECTED
        this.#drop()
        return 0
    }

    /** A restart of the chip: drops the connection, all commands and all events. */
    reset(): void {
        this.#worker = undefined
        this.#isAhead = false
        this.#commands = []
        this.#attempt?.destroy()
        this.#attempt = undefined
        this.#drop()
        this.#events.clear()
    }

    get #isOpening(): boolean {
        return this.#attempt !== undefined || this.#commands.some(command => "open" in command)
    }

    /** Loses Wi-Fi: esp_netif clears the address, and lwIP aborts every connection at once. */
    loseWifi(): void {
        this.available = false
        if (this.#attempt) this.#abort(this.#attempt)
        else if (this.#connection) this.#lost(this.#connection, "read", RECEIVE_FAILED, ABORTED)
    }

    /** Ends the attempt at once, so that no virtual time passes before its error; the worker goes on with the next. */
    #abort(attempt: Connection): void {
        this.#worker = undefined
        attempt.destroy()
        if (this.#connection) this.#tlsFailed("mbedtls_ssl_handshake", RECEIVE_FAILED, ABORTED)
        else this.#failed("can't connect")
        if (this.#commands.length > 0) void this.#work()
    }

    /** Loses the path to the peer: the connection goes silent, and the program is not notified. */
    sever(): void {
        this.#connection?.sever()
    }

    /** The peer closes the open connection. */
    hangUp(): void {
        if (this.#connection?.isOpen) this.#ended()
        else this.#connection?.destroy()
    }

    takeEvents(): SocketEvent[] {
        return this.#events.take(this.#options.now())
    }

    /** Totals since power-up, the open connection included. */
    get traffic(): Traffic {
        const { bytesUp, bytesDown } = this.#connection ?? { bytesUp: 0, bytesDown: 0 }
        return { ...this.#past, bytesUp: this.#past.bytesUp + bytesUp, bytesDown: this.#past.bytesDown + bytesDown }
    }

    /**
     * True while the device waits for a connection, a handshake, a response or the time of its server.
     * It ends when the peer stays silent for `SILENCE_TIMEOUT_MS`, or is known
     * to stay silent: then the device's own timeout applies.
     */
    get responseDue(): boolean {
        const connection = this.#connection ?? this.#attempt
        // what is there is read first, which takes time on the chip's clock
        if (this.eventsAtMs < Infinity) return false
        if (this.#isAhead) return true
        const due = this.#worker || connection?.http.responseDue
        return Boolean(due) && !connection?.isQuiet && performance.now() - this.#activeAtMs < SILENCE_TIMEOUT_MS
    }

    /** When the chip can take the next event, on its clock; Infinity if there is none. */
    get eventsAtMs(): number {
        return this.#events.readyAtMs
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
            const coming = this.#options.serverTime?.()
            if (coming) {
                this.#isAhead = true
                await coming
                if (worker !== this.#worker) return
                this.#isAhead = false
                this.#activeAtMs = performance.now()
            }
            if ("open" in command) await this.#connect(command.open, worker)
            else this.#connection?.send(command.write)
            if (worker !== this.#worker) return
        }
        this.#worker = undefined
        this.#active()
    }

    async #connect({ host, port, tls }: { host: string; port: number; tls: boolean }, worker: object): Promise<void> {
        this.#drop()
        if (!this.available) return this.#failed("can't resolve host")
        const tcp = (this.#options.connectTcp ?? connectTcp)(host, port)
        const connection = (this.#attempt = new Connection(tcp, tls, this.#options.onExchange))
        tcp.on("quiet", () => this.#active())
        if (connection.isQuiet) this.#active()
        const failure = await connected(tcp)
        if (worker !== this.#worker) return
        if (failure instanceof OnlyIpv6) this.#options.onLog?.(`${SIMULATOR_LOG_PREFIX}${failure.message}`)
        if (failure) return this.#failed(connectError(failure))
        this.#connection = connection
        try {
            const stream = tls ? await chipHandshake(tcp, host, this.bundle, chain => this.#warnOfDates(chain)) : tcp
            this.#opened(connection, stream)
        } catch (error) {
            if (!(error instanceof HandshakeRefused)) throw error
            if (worker === this.#worker) this.#handshakeFailed(connection, error)
        }
    }

    /** Before there is a file descriptor, sock.c sends an error alone. */
    #failed(message: string): void {
        this.#attempt = undefined
        this.#event({ type: "error", message })
    }

    #opened(connection: Connection, stream: Duplex): void {
        if (connection !== this.#connection) return void stream.destroy()
        this.#attempt = undefined
        if (connection.tls) this.#past.handshakes++
        connection.attach(stream, {
            data: data => connection === this.#connection && this.#event({ type: "data", data }),
            end: () => connection === this.#connection && this.#ended(),
            error: (call, reason) => this.#lost(connection, call, RECEIVE_FAILED, reason),
        })
        this.#event({ type: "open" })
    }

    /** A read or write of an open connection failed. */
    #lost(connection: Connection, call: "read" | "write", error: string, reason: string): void {
        if (connection !== this.#connection) return
        if (connection.tls) this.#tlsFailed(`mbedtls_ssl_${call}`, error, reason)
        else this.#ended(call === "read" ? "recv error" : "write error")
    }

    /** The chip does not check dates, but its owner should. */
    #warnOfDates(chain: Buffer[]): void {
        for (const { subject, notBefore, notAfter } of outdated(chain, new Date()))
            this.#options.onLog?.(
                `${SIMULATOR_LOG_PREFIX}"${subject}" is valid from ${notBefore.toISOString()} to ${notAfter.toISOString()}: the chip does not check dates and accepts it`,
            )
    }

    #handshakeFailed(connection: Connection, { error, message, untrusted }: HandshakeRefused): void {
        if (untrusted) this.#past.refusals++
        if (connection === this.#connection) this.#tlsFailed("mbedtls_ssl_handshake", error, message)
    }

    /** The program gets the name of the failed call, only the log has the error code. */
    #tlsFailed(call: string, error: string, reason: string): void {
        this.#options.onLog?.(`SOCK: ${call} returned ${error.replace("0x", "")}`)
        this.#options.onLog?.(`SOCK:   ${reason}`)
        this.#ended(call)
    }

    /** sock.c, raise_error: a `close` follows the error too, which the runtime does not pass on. */
    #ended(message?: string): void {
        this.#attempt = undefined
        this.#drop()
        if (message) this.#event({ type: "error", message })
        this.#event({ type: "close" })
    }

    #drop(): void {
        if (!this.#connection) return
        this.#past.bytesUp += this.#connection.bytesUp
        this.#past.bytesDown += this.#connection.bytesDown
        this.#connection.destroy()
        this.#connection = undefined
    }

    #event(event: SocketEvent): void {
        this.#events.add(event)
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

/**
 * Opens a real TCP connection as lwIP does: to the first IPv4 address of the name. The chip looks up an IPv6 address
 * if there is none, but as it has no IPv6 address itself, it cannot connect to one.
 */
export function connectTcp(host: string, port: number, resolve = resolveAny): TcpStream {
    if (isIPv6(host)) return unreachable(new Socket(), new OnlyIpv6(host))
    const socket = createConnection({ host, port, noDelay: true, lookup: firstIpv4(resolve) })
    const timeout = setTimeout(() => unreachable(socket, new Error("no reply to the SYN")), SYN_TIMEOUT_MS).unref()
    return socket.once("connect", () => clearTimeout(timeout)).once("close", () => clearTimeout(timeout))
}

function unreachable(socket: Socket, reason: Error): Socket {
    process.nextTick(() => socket.destroy(reason))
    return socket
}

class OnlyIpv6 extends Error {
    constructor(host: string) {
        super(`${host} has only an IPv6 address: the chip has none itself and cannot connect to it`)
    }
}

/** Looks up the addresses of one family. */
export type Resolve = (
    host: string,
    family: 4 | 6,
    done: (error: NodeJS.ErrnoException | null, address: string) => void,
) => void

const resolveAny: Resolve = (host, family, done) => lookup(host, { family }, done)

function firstIpv4(resolve: Resolve): LookupFunction {
    return (host, { all }, done) =>
        resolve(host, 4, (error, address) => {
            if (!error) return all ? done(null, [{ address, family: 4 }]) : done(null, address, 4)
            resolve(host, 6, noIpv6 => done(noIpv6 ? error : new OnlyIpv6(host), ""))
        })
}

/** undefined once connected; otherwise why it failed. */
function connected(tcp: TcpStream): Promise<NodeJS.ErrnoException | undefined> {
    return new Promise(resolve => {
        tcp.once("connect", () => resolve(undefined))
        tcp.once("error", resolve)
        tcp.once("close", () => resolve(new Error("closed")))
    })
}

/** The error message that sock.c gives its program. */
function connectError({ syscall }: NodeJS.ErrnoException): string {
    return syscall === "getaddrinfo" ? "can't resolve host" : "can't connect"
}
