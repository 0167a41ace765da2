/** What a kind of fault consists of: its help text, its options, and its effect. */
import type { TcpStream } from "../chip/connection.ts"
import type { VirtualDevice } from "../chip/device.ts"
import type { EventQueue } from "../event-queue.ts"
import type { PartName } from "../sensors/parts.ts"
import type { SimulatedSensor } from "../sensors/sensirion.ts"
import type { OptionTable, OptionValues } from "./option.ts"

/** What any fault may have; all times in seconds. */
export interface CommonValues {
    /** device ids; all devices if absent */
    devices?: string[]
    /** start of the fault, after the start of the simulation; 0 if absent */
    at?: number
    /** until the end of the simulation if absent */
    for?: number
    /** probability from 0 to 1 that a connection, exchange or transfer triggers the fault; always if absent */
    chance?: number
    /** a device triggers the fault at most this often */
    times?: number
}

/** A fault with these options. */
export type Given<Options extends OptionTable> = CommonValues & OptionValues<Options>

/** What triggers a fault: a new TCP connection, an HTTP request with its response, an I2C transfer. */
export type FaultScope = "connection" | "exchange" | "transfer"

interface Described<Options extends OptionTable> {
    /** one line for --help */
    description: string
    options: Options
    /** only the simulation's own server can do it */
    ownServer?: true
}

/** What a server needs of the simulation. */
export interface ServerSurroundings {
    events: EventQueue
    now(): number
    /** the server's own clock */
    serverNow(): number
}

/** A handshake that has stopped, and how it ends, if at all. */
export interface StalledHandshake {
    socket: TcpStream
    /** The server closes the connection. */
    close(): void
    /** The handshake goes on where it stopped, and requests get their responses. */
    complete(): void
}

/** The servers that a faulty connection may lead to. */
export interface FaultyListener {
    /** The handshake stops: within the server's hello, or after its first flight. */
    stall(after: "hello" | "flight", surroundings: ServerSurroundings): StalledHandshake
    acceptAsImpostor(): TcpStream
}

export interface ConnectionKind<Options extends OptionTable, Values = Given<Options>> extends Described<Options> {
    scope: "connection"
    /** Takes the place of the connection. */
    connect(fault: Values, server: () => FaultyListener, surroundings: ServerSurroundings): TcpStream
}

/** What the device receives, and what happens to the connection then. */
export interface FaultyResponse {
    bytes: Buffer
    /** keep: open for the next request; close: it ends; silence: it stays open, and nothing more is sent */
    end: "keep" | "close" | "silence"
    /** seconds from one byte to the next; all at once if absent */
    everyS?: number
}

export interface ExchangeKind<Options extends OptionTable, Values = Given<Options>> extends Described<Options> {
    scope: "exchange"
    ownServer: true
    /** true: the API never gets the request, and `response` is empty */
    replacesResponse?: true
    /** Bytes of the request that the API gets before the connection ends; all if absent. */
    requestBytes?(fault: Values): number
    /** @param response the API's whole response @param nowMs the server's clock */
    deliver(fault: Values, response: Buffer, nowMs: number): FaultyResponse
}

/** What one fault does to an HTTP exchange. */
export interface ExchangeEffect {
    replacesResponse: boolean
    /** bytes of the request that the API gets before the connection ends; Infinity for all */
    requestBytes: number
    deliver(response: Buffer, nowMs: number): FaultyResponse
}

/** The response as the server sends it: unchanged without an effect. */
export function responseOf(effect: ExchangeEffect | undefined, response: Buffer, nowMs: number): FaultyResponse {
    return effect ? effect.deliver(response, nowMs) : { bytes: response, end: "keep" }
}

export interface TransferKind<Options extends OptionTable> extends Described<Options> {
    scope: "transfer"
    /** only transfers that read trigger it */
    readsOnly?: true
    /** Spoils the next transfer of the part. */
    spoil(sensor: SimulatedSensor): void
}

/** Milliseconds since the Unix epoch. */
export interface Span {
    fromMs: number
    untilMs: number
}

/** The device that a state changes. */
export interface FaultTarget {
    /** undefined until it is powered up */
    readonly device: VirtualDevice | undefined
    /** The part of this name, if the device has it; all its parts without a name. */
    parts(name?: PartName): SimulatedSensor[]
    /** Counts the faults that hold this state; true while at least one does. */
    hold(state: string, isOn: boolean): boolean
    /** The parts share the chip's supply: to be called when its power is back. */
    powerOnParts(): void
    now(): number
    schedule(atMs: number, act: () => void): void
}

/** A fault that holds from `at` for `for`, instead of being triggered. */
export interface StateKind<Options extends OptionTable, Values = Given<Options>> extends Described<Options> {
    scope?: undefined
    /** it takes no `for` */
    noDuration?: true
    /** it concerns the server, not single devices: it takes no `devices` */
    global?: true
    /** When the fault holds, if that is not simply `span`, which is `at` and `for`. */
    spans?(fault: Values, span: Span, startMs: number): Span[]
    /** Called at the start of each span; `onTrigger` reports an effect that comes later. */
    start?(fault: Values, target: FaultTarget, span: Span, onTrigger: () => void): void
    end?(fault: Values, target: FaultTarget): void
    /** Seconds by which the server's clock is wrong meanwhile. */
    serverOffsetS?(fault: Values): number
}

/** A kind whose options are not known to the compiler. It is only called with faults of its own kind. */
export type AnyKind =
    | ConnectionKind<OptionTable, CommonValues>
    | ExchangeKind<OptionTable, CommonValues>
    | TransferKind<OptionTable>
    | StateKind<OptionTable, CommonValues>

export function connectionKind<const Options extends OptionTable>(
    kind: Omit<ConnectionKind<Options>, "scope">,
): ConnectionKind<Options> {
    return { scope: "connection", ...kind }
}

export function exchangeKind<const Options extends OptionTable>(
    kind: Omit<ExchangeKind<Options>, "scope" | "ownServer">,
): ExchangeKind<Options> {
    return { scope: "exchange", ownServer: true, ...kind }
}

export function transferKind<const Options extends OptionTable>(
    kind: Omit<TransferKind<Options>, "scope">,
): TransferKind<Options> {
    return { scope: "transfer", ...kind }
}

export function stateKind<const Options extends OptionTable>(kind: StateKind<Options>): StateKind<Options> {
    return kind
}
