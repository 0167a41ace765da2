/** The firmware's uplink alone, with a server that records what the device received of each response. */
import { readStore } from "../../../../devs/image/fstor.ts"
import { type EnvSettings, settingsOf } from "../../../../devs/image/store-entries.ts"
import { type DeviceEvent, parseDeviceLog } from "../../../../devs/sim/chip/device-log.ts"
import type { SocketEvent } from "../../../../devs/vm/machine.ts"
import { boot, flashWith, START_MS } from "../../../support/program.ts"
import { ScriptedServer, type SentBatch } from "../../../support/scripted-server.ts"
import type { Delivery } from "./hostile-responses.ts"
import type { End } from "./response-oracle.ts"

/** Delay of the default result of a connection attempt or a post. */
const USUAL_MS = 20
const INFINITE = '"revision":Infinity'
/** the same length */
const INFINITE_IN_JSON = '"revision":1e000309'
/** A device that has not posted for this long hangs: a server may ask it to wait for an hour. */
const HUNG_MS = 2 * 3_600_000
/** Always has readings to send; waits as briefly as possible between attempts. */
const UPLINK = "test/fixtures/programs/uplink-alone.ts"
const settings = {
    API_URL: "https://air.example:8443",
    API_TOKEN: "tok_0123456789abcdef",
    INTERVAL_S: "60",
    BATCH: "4",
    REFILL_MS: "500",
    READY: "60",
}

/** One post, and what the device received and logged until its next. */
export interface Exchange {
    batch: SentBatch
    /** number of connections up to then */
    connection: number
    /** what was received, as latin1 */
    text: string
    end: End
    /** from the post to the last byte received */
    heardAfterMs: number
    said: DeviceEvent[]
    /** in flash when the next post came */
    settings: EnvSettings
}

class HearingServer extends ScriptedServer {
    readonly exchanges: Exchange[] = []
    /** posts that report an infinite revision */
    infinitePosts = 0
    #ended = false
    #arrivalsMs: number[] = []
    readonly #now: () => number

    constructor(now: () => number) {
        super(now)
        this.#now = now
    }

    /** To be called when a request has arrived. */
    begin(batch: SentBatch, settings: EnvSettings): void {
        const before = this.exchanges.at(-1)
        if (before) before.settings = settings
        this.#expect([USUAL_MS])
        this.exchanges.push({
            batch,
            connection: this.opened.length,
            text: "",
            end: "open",
            heardAfterMs: 0,
            said: [],
            settings,
        })
    }

    /** What the device logs. */
    note(event: DeviceEvent): void {
        this.exchanges.at(-1)?.said.push(event)
    }

    override open(...where: Parameters<ScriptedServer["open"]>): number {
        this.#ended = false
        this.#expect([USUAL_MS])
        return super.open(...where)
    }

    /** JSON has no Infinity, so a real server would refuse such a post. This one counts and accepts it. */
    override write(bytes: Uint8Array): number {
        const text = Buffer.from(bytes).toString("latin1")
        if (text.includes(INFINITE)) this.infinitePosts++
        return super.write(Buffer.from(text.replace(INFINITE, INFINITE_IN_JSON), "latin1"))
    }

    /** Nothing arrives on a connection that has ended. */
    override takeEvents(): SocketEvent[] {
        const events = super.takeEvents().filter(event => this.#passes(event))
        const exchange = this.exchanges.at(-1)
        if (exchange?.connection === this.opened.length)
            for (const event of events) receive(exchange, event, this.#now())
        return events
    }

    #expect(afterMs: number[]): void {
        this.#arrivalsMs = afterMs.map(ms => this.#now() + ms)
    }

    /** Time until the next piece of the response arrives, so that the device receives each on time. */
    get msToNextArrival(): number {
        const now = this.#now()
        return (this.#arrivalsMs.find(atMs => atMs > now) ?? Infinity) - now
    }

    #passes({ type }: SocketEvent): boolean {
        if (this.#ended) return false
        this.#ended = type === "close" || type === "error"
        return true
    }

    deliver({ pieces, end, endAfterMs }: Delivery): void {
        this.#expect([...pieces.map(({ afterMs }) => afterMs), endAfterMs])
        for (const { bytes, afterMs } of pieces) this.soon({ type: "data", data: bytes }, afterMs)
        if (end === "close") this.soon({ type: "close" }, endAfterMs)
        if (end === "error") this.soon({ type: "error", message: "mbedtls_ssl_read" }, endAfterMs)
    }
}

/** Delivers the whole text at once. */
export function inOnePiece(text: string, end: Delivery["end"] = "silence"): Delivery {
    return { pieces: [{ afterMs: 20, bytes: Buffer.from(text, "latin1") }], end, endAfterMs: 21 }
}

function receive(exchange: Exchange, { type, data }: SocketEvent, nowMs: number): void {
    if (type === "data") {
        exchange.text += Buffer.from(data!).toString("latin1")
        exchange.heardAfterMs = nowMs - exchange.batch.atMs
    }
    if (type === "close" || type === "error") exchange.end = type
}

export interface Talk {
    /** the last one is incomplete */
    exchanges: Exchange[]
    panics: number[]
    infinitePosts: number
    heapPeakBytes: number
}

/** Lets a device post `count` times. @param respond the response to each; the usual one if undefined */
export async function talk(
    count: number,
    respond: (batch: SentBatch, at: number) => Delivery | undefined,
    watchHeap = false,
): Promise<Talk> {
    let nowMs = START_MS
    let flash = flashWith(settings)
    let kept: EnvSettings | undefined
    const panics: number[] = []
    const server = new HearingServer(() => nowMs)
    server.play = batch => {
        server.begin(batch, (kept ??= settingsOf(readStore(flash))))
        const delivery = respond(batch, server.exchanges.length - 1)
        if (delivery) server.deliver(delivery)
        return delivery !== undefined
    }
    const { machine } = await boot(UPLINK, {
        flash: flash.slice(),
        onFlash: bytes => {
            flash = Buffer.from(bytes)
            kept = undefined
        },
        now: () => nowMs,
        network: server,
        onLog: line => {
            const event = parseDeviceLog(line)
            if (event) server.note(event)
        },
        onPanic: code => void panics.push(code),
        randomBytes: length => new Uint8Array(length),
    })
    machine.watchHeap(watchHeap)
    while (server.exchanges.length <= count && nowMs - (server.batches.at(-1)?.atMs ?? START_MS) < HUNG_MS)
        nowMs += Math.min(machine.process(), server.msToNextArrival)
    return {
        exchanges: server.exchanges,
        panics,
        infinitePosts: server.infinitePosts,
        heapPeakBytes: machine.heapPeakBytes,
    }
}
