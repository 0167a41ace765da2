/** A chip's network with a server scripted by the test: no sockets, only events in virtual time. */
import assert from "node:assert/strict"
import type { Network, SocketEvent } from "../../devs/vm/machine.ts"
import type { Status } from "../../src/wire.ts"

export interface SentBatch {
    /** sequence number of its first reading */
    seq: number
    count: number
    atMs: number
    /** the whole request */
    text: string
}

const NOT_FOUND = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

/** Responds to a request. @returns false if the server is to respond normally */
// biome-ignore lint/suspicious/noConfusingVoidType: a scripted response needs no return value
export type Play = (batch: SentBatch, server: ScriptedServer) => boolean | void

export class ScriptedServer implements Network {
    available = true
    /** false: as a server of an earlier version, which never saw `POST /r` */
    knowsShortForm = false
    refusedShort = 0
    readonly opened: { host: string; port: number; tls: boolean; atMs: number }[] = []
    readonly closedAtMs: number[] = []
    readonly batches: SentBatch[] = []
    /** stored sequence numbers; one stored twice counts once, as on a real server */
    readonly stored = new Set<number>()
    play: Play = () => false
    /** result of a connection attempt */
    onOpen = () => this.soon({ type: "open" })
    /** result of a socket write: 0 accepted, -1 queue full */
    onWrite = () => 0
    readonly #now: () => number
    #due: { atMs: number; event: SocketEvent }[] = []
    #received = ""

    constructor(now: () => number) {
        this.#now = now
    }

    isAvailable(): boolean {
        return this.available
    }

    open(host: string, port: number, tls: boolean): number {
        this.opened.push({ host, port, tls, atMs: this.#now() })
        this.#forget()
        this.onOpen()
        return 0
    }

    write(bytes: Uint8Array): number {
        const outcome = this.onWrite()
        if (outcome !== 0) return outcome
        this.#received += Buffer.from(bytes).toString("latin1")
        this.#takeRequest()
        return 0
    }

    close(): number {
        this.closedAtMs.push(this.#now())
        this.#forget()
        return 0
    }

    takeEvents(): SocketEvent[] {
        const now = this.#now()
        const due = this.#due.filter(({ atMs }) => atMs <= now)
        this.#due = this.#due.filter(({ atMs }) => atMs > now)
        return due.map(({ event }) => event)
    }

    /** Schedules this event for the connection, unless it ends before. */
    soon(event: SocketEvent, afterMs = 20): void {
        this.#due.push({ atMs: this.#now() + afterMs, event })
    }

    reply(text: string, afterMs?: number): void {
        this.soon({ type: "data", data: Buffer.from(text, "latin1") }, afterMs)
    }

    /** Sends one byte at a time. */
    drip(text: string, everyMs: number): void {
        for (let at = 0; at < text.length; at++) this.reply(text[at]!, (at + 1) * everyMs)
    }

    store({ seq, count }: SentBatch): void {
        for (let at = seq; at < seq + count; at++) this.stored.add(at)
    }

    /** The response of a normal server. */
    acknowledgement(batch: SentBatch, ack: unknown = batch.seq + batch.count - 1): string {
        const body = `{"ack":${ack}}`
        return `HTTP/1.1 200 OK\r\nDate: ${new Date(this.#now()).toUTCString()}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    }

    #forget(): void {
        this.#due = []
        this.#received = ""
    }

    #takeRequest(): void {
        const [head, body] = this.#received.split("\r\n\r\n")
        if (body === undefined || body.length < Number(/Content-Length:(\d+)/.exec(head!)![1])) return
        const text = this.#received
        this.#received = ""
        if (!this.knowsShortForm && text.startsWith("POST /r ")) {
            this.refusedShort++
            this.reply(NOT_FOUND)
            return
        }
        const batch = toBatch(text, this.#now())
        this.batches.push(batch)
        if (this.play(batch, this)) return
        this.store(batch)
        this.reply(this.acknowledgement(batch))
    }
}

/** The status in a post. */
export function statusOf(batch: SentBatch): Status {
    return (JSON.parse(batch.text.split("\r\n\r\n")[1]!) as { status: Status }).status
}

function toBatch(text: string, atMs: number): SentBatch {
    const { seq, ...fields } = JSON.parse(text.split("\r\n\r\n")[1]!) as { seq: number }
    const column: unknown[] | undefined = Object.values(fields).find(Array.isArray)
    assert.ok(column && /^POST \/(api\/v1\/readings|r) HTTP\/1.1\r\n/.test(text))
    return { seq, count: column.length, atMs, text }
}
