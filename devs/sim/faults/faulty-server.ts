/**
 * The server of a simulation with faults: it terminates the devices' TLS with
 * the API's certificate, passes each request on, and sends each response as
 * the current fault demands. Without a fault it changes nothing.
 */
import type { Duplex } from "node:stream"
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls"
import type { ServerCredentials } from "../../../certs/local-ca.ts"
import type { TcpStream } from "../chip/connection.ts"
import { HttpTracker } from "../chip/http-tracker.ts"
import {
    type ExchangeEffect,
    type FaultyListener,
    type FaultyResponse,
    responseOf,
    type ServerSurroundings,
    type StalledHandshake,
} from "./kind.ts"
import { connects, MemorySocket } from "./memory-socket.ts"

/** Part of a ServerHello: its record and message headers, version and random alone are 43 bytes (RFC 5246, 7.4.1.3). */
const HELLO_PART_BYTES = 40

export interface FaultServerOptions {
    /** the API's, which devices trust */
    credentials: ServerCredentials
    /** with the same names, from a CA that devices do not trust */
    impostorCredentials: ServerCredentials
    /** opens a connection to the API, in plaintext */
    connect(): Duplex
}

export class FaultyServer implements FaultyListener {
    /** plaintext that devices have sent to the impostor; must stay 0 */
    impostorBytes = 0
    /** connections that the impostor has accepted */
    impostorConnections = 0
    readonly #options: FaultServerOptions
    readonly #trusted: SecureContext
    readonly #impostor: SecureContext

    constructor(options: FaultServerOptions) {
        this.#options = options
        this.#trusted = contextOf(options.credentials)
        this.#impostor = contextOf(options.impostorCredentials)
    }

    /** Accepts a connection of a device; `trigger` is called once per exchange. */
    accept(trigger: () => ExchangeEffect | undefined, surroundings: ServerSurroundings): TcpStream {
        const [near, far] = MemorySocket.pair()
        const plain = serverTls(far, this.#trusted)
        new Conversation(plain, near, this.#options.connect, trigger, surroundings)
        return connects(near)
    }

    /** Accepts a connection with the impostor's certificates, and never responds. */
    acceptAsImpostor(): TcpStream {
        this.impostorConnections++
        const [near, far] = MemorySocket.pair()
        let upBytes = 0
        serverTls(far, this.#impostor).on("data", (bytes: Buffer) => {
            this.impostorBytes += bytes.length
            near.fallQuiet({ upBytes: (upBytes += bytes.length), downBytes: 0 })
        })
        return connects(near)
    }

    stall(after: "hello" | "flight", surroundings: ServerSurroundings): StalledHandshake {
        const [near, far] = MemorySocket.pair()
        if (after === "hello") far.passOnly(HELLO_PART_BYTES)
        // The device's second flight is its reply to the server's first.
        else near.onWrite(() => far.bytesWritten > 0 && far.passOnly(0))
        near.quietAt = { upBytes: 0, downBytes: 0 }
        const plain = serverTls(far, this.#trusted)
        new Conversation(plain, near, this.#options.connect, () => undefined, surroundings)
        return {
            socket: connects(near),
            close: () => {
                near.fallQuiet(undefined)
                near.push(null)
            },
            complete: () => {
                near.onWrite(() => undefined)
                near.fallQuiet(undefined)
                far.passAll()
            },
        }
    }
}

function contextOf({ keyPem, chainPem }: ServerCredentials): SecureContext {
    return createSecureContext({ key: keyPem, cert: chainPem })
}

function serverTls(far: MemorySocket, secureContext: SecureContext): TLSSocket {
    const socket = new TLSSocket(far, { isServer: true, secureContext })
    socket.on("error", () => undefined)
    return socket
}

/** One request and its response. */
interface HttpExchange {
    effect: ExchangeEffect | undefined
    tracker: HttpTracker
    requestBytes: number
    response: Buffer[]
}

/** All exchanges of one connection. */
class Conversation {
    readonly #plain: TLSSocket
    readonly #socket: MemorySocket
    readonly #connect: () => Duplex
    readonly #trigger: () => ExchangeEffect | undefined
    readonly #surroundings: ServerSurroundings
    #upstream: Duplex | undefined
    #exchange: HttpExchange | undefined
    #receivedBytes = 0
    #sentBytes = 0

    constructor(
        plain: TLSSocket,
        socket: MemorySocket,
        connect: () => Duplex,
        trigger: () => ExchangeEffect | undefined,
        surroundings: ServerSurroundings,
    ) {
        this.#plain = plain
        this.#socket = socket
        this.#connect = connect
        this.#trigger = trigger
        this.#surroundings = surroundings
        plain.on("data", (bytes: Buffer) => this.#receive(bytes))
        plain.on("close", () => this.#upstream?.destroy())
    }

    #receive(bytes: Buffer): void {
        this.#socket.quietAt = undefined
        this.#receivedBytes += bytes.length
        const exchange = (this.#exchange ??= {
            effect: this.#trigger(),
            tracker: new HttpTracker(),
            requestBytes: 0,
            response: [],
        })
        const { effect, tracker } = exchange
        tracker.sent(bytes)
        const leftBytes = (effect?.requestBytes ?? Infinity) - exchange.requestBytes
        exchange.requestBytes += bytes.length
        if (leftBytes <= bytes.length) this.#cutRequest(bytes.subarray(0, leftBytes))
        else if (!effect?.replacesResponse) this.#up().write(bytes)
        else if (tracker.responseDue) this.#respond(exchange)
    }

    /** The API gets the bytes up to the cut, and then sees the connection end too. */
    #cutRequest(bytes: Buffer): void {
        this.#up().end(bytes)
        this.#upstream = undefined
        this.#plain.destroy()
    }

    #up(): Duplex {
        if (this.#upstream) return this.#upstream
        const upstream = this.#connect()
        const ended = () => upstream === this.#upstream && this.#upstreamEnded()
        upstream.on("data", (bytes: Buffer) => upstream === this.#upstream && this.#receiveResponse(bytes))
        upstream.on("error", ended).on("close", ended)
        return (this.#upstream = upstream)
    }

    #upstreamEnded(): void {
        this.#upstream = undefined
        if (this.#exchange) this.#plain.destroy()
    }

    #receiveResponse(bytes: Buffer): void {
        const exchange = this.#exchange
        if (!exchange) return
        exchange.response.push(bytes)
        exchange.tracker.received(bytes)
        if (!exchange.tracker.responseDue) this.#respond(exchange)
    }

    #respond({ effect, response }: HttpExchange): void {
        this.#exchange = undefined
        const faulty = responseOf(effect, Buffer.concat(response), this.#surroundings.serverNow())
        if (faulty.everyS === undefined) this.#send(faulty)
        else this.#drip(faulty.bytes, faulty.everyS * 1000)
    }

    #send({ bytes, end }: FaultyResponse): void {
        if (this.#plain.destroyed) return
        this.#sentBytes += bytes.length
        if (end === "close") {
            this.#plain.end(bytes, () => this.#plain.destroy())
            return
        }
        this.#plain.write(bytes)
        this.#socket.fallQuiet({ upBytes: this.#receivedBytes, downBytes: this.#sentBytes })
    }

    #drip(bytes: Buffer, everyMs: number): void {
        if (this.#plain.destroyed) return
        this.#send({ bytes: bytes.subarray(0, 1), end: "keep" })
        const { events, now } = this.#surroundings
        if (bytes.length > 1) events.enter(now() + everyMs, () => this.#drip(bytes.subarray(1), everyMs))
    }
}
