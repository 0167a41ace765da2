/**
 * The firmware's heap in its worst case: every sensor with an error each, a full outbox, the largest
 * batches, a report of settings, the Wi-Fi signal, and a response whose head a proxy has filled.
 */
import { SHORT_PATH, settingRange } from "../../src/wire.ts"
import type { Program } from "../image/board-program.ts"
import { type Chip, chips } from "../image/chip.ts"
import { CHIP_STORE_BYTES, createStore } from "../image/fstor.ts"
import { type EnvSettings, settingEntries } from "../image/store-entries.ts"
import type { DevicePanel } from "../sim/chip/device.ts"
import { parseDeviceLog } from "../sim/chip/device-log.ts"
import { ReceivedEvents } from "../sim/chip/received.ts"
import { I2cBus } from "../sim/sensors/i2c.ts"
import { newSensor, partNames } from "../sim/sensors/parts.ts"
import { Machine, type Network, type SocketEvent } from "../vm/machine.ts"
import { WifiService } from "../vm/wifi-service.ts"

/**
 * Heap that each program may use, bytes: the rest is for fragmentation. The chips have 64 kB, the ESP32-S2 has 40 kB;
 * no board with a light or a screen has an S2.
 */
export const heapBudgets = {
    plain: { esp32: 24 * 1024, esp32s2: 20 * 1024 },
    light: { esp32: 28 * 1024 },
    screen: { esp32: 34 * 1024 },
    powered: { esp32: 34 * 1024 },
    stick: { esp32: 34 * 1024 },
} as const satisfies Record<Program, Partial<Record<Chip, number>>>

/** Heads of 4 kB, as a proxy adds to each response. */
export const proxyHeads = {
    "one long header": `X: ${"y".repeat(3800)}\r\n`,
    "many short headers": "a:b\r\n".repeat(760),
}

/** A head of 60 kB, which the firmware refuses; the chip receives more than 22 kB of it before the program runs. */
export const floodHead = "a:b\r\n".repeat(12_000)

export interface WorstHeap {
    /** largest use of the heap, garbage not counted */
    peakBytes: number
    /** readings that the server stored */
    stored: number
    /** readings in the largest post */
    largestBatch: number
    /** readings dropped because RAM was full */
    lost: number
    /** how often the program stopped because the heap was full, and started again */
    outOfMemory: number
}

const START_MS = Date.UTC(2026, 0, 5, 8)
const INTERVAL_S = 5
/** with the longest values that the store accepts */
const settings: EnvSettings = {
    API_URL: `https://${"a".repeat(190)}.example:8443`,
    API_TOKEN: "t".repeat(210),
    INTERVAL_S: String(INTERVAL_S),
    BATCH: "30",
}
/** Those in effect, so that the chip does not restart, and two that are refused. */
const DESIRED =
    '{"revision":1,"INTERVAL_S":5,"BATCH":30,"ALTITUDE_M":0,"PRESSURE_HPA":0,"ASC":1,"LOW_POWER":0,"CO2_FAIR_PPM":1,"CO2_POOR_PPM":2}'
const AIR = { co2Ppm: 721, temperatureC: 23.18, humidityRh: 27.27, tvocPpb: 150 }
const DELIVERY_MS = 25_000
const ROUND_TRIP_MS = 20
/** devicescript-esp32 `main/sock.c`: sockbuf */
const SOCKET_READ_BYTES = 1024

/**
 * Runs the firmware without a server until its RAM is full and readings are dropped, then with one.
 *
 * @param head header lines that each response has besides the usual ones
 * @param panel the parts on the board's pins, for a program that uses them
 * @param outboxes how many times its RAM could be filled before there is a server
 */
export async function worstHeap(
    bytecode: Uint8Array,
    chip: Chip,
    head: string,
    panel?: DevicePanel,
    outboxes = 2,
): Promise<WorstHeap> {
    let nowMs = START_MS
    const bus = new I2cBus()
    for (const name of partNames) {
        const part = newSensor(name, { air: { airAt: () => AIR }, poweredAtMs: nowMs })
        part.faults.corruptNextCrc = 1
        bus.attach(part)
    }
    const server = new PaddedServer(head, () => nowMs)
    const wifi = new WifiService()
    wifi.signalDbm = -67
    let lost = 0
    let outOfMemory = 0
    const machine = await Machine.create({
        deviceId: "0123456789abcdef",
        flash: createStore(CHIP_STORE_BYTES, settingEntries({ ...settings, ...chips[chip].settings })),
        now: () => nowMs,
        network: server,
        transferI2c: (...transfer) => bus.transfer(...transfer),
        ...(panel && { peripherals: panel }),
        onLog: line => {
            if (line.includes("devs: OOM")) outOfMemory++
            const event = parseDeviceLog(line)
            if (event?.event === "lost") lost = Number(event.values.total)
        },
    })
    machine.deploy(bytecode)
    const runTo = (endMs: number) => {
        while (nowMs < endMs) {
            nowMs += machine.process()
            wifi.round(machine, nowMs)
            panel?.afterRound?.(machine, nowMs)
        }
    }
    const capacity = Number(chips[chip].settings?.RAM_READINGS ?? settingRange("RAM_READINGS")?.max)
    runTo(START_MS + outboxes * capacity * INTERVAL_S * 1000)
    machine.watchHeap(true)
    server.available = true
    runTo(nowMs + DELIVERY_MS)
    return {
        peakBytes: machine.heapPeakBytes,
        stored: server.stored,
        largestBatch: server.largestBatch,
        lost,
        outOfMemory,
    }
}

/** Stores every batch, and sends its response in pieces of 1 kB, as fast as the chip reads its socket. */
class PaddedServer implements Network {
    available = false
    stored = 0
    largestBatch = 0
    readonly #head: string
    readonly #now: () => number
    #due: { atMs: number; event: SocketEvent }[] = []
    readonly #events = new ReceivedEvents()
    #received = ""

    constructor(head: string, now: () => number) {
        this.#head = head
        this.#now = now
    }

    isAvailable(): boolean {
        return this.available
    }

    open(): number {
        this.#soon({ type: "open" })
        return 0
    }

    write(bytes: Uint8Array): number {
        this.#received += Buffer.from(bytes).toString("latin1")
        const [head = "", body] = this.#received.split("\r\n\r\n")
        if (body?.length === Number(/Content-Length:(\d+)/.exec(head)?.[1])) this.#respond(head, body)
        return 0
    }

    close(): number {
        this.#due = []
        this.#events.clear()
        return 0
    }

    takeEvents(): SocketEvent[] {
        const nowMs = this.#now()
        for (const { atMs, event } of this.#due) if (atMs <= nowMs) this.#events.add(event)
        this.#due = this.#due.filter(({ atMs }) => atMs > nowMs)
        return this.#events.take(nowMs)
    }

    /** The long form takes the most memory: the short one is refused. */
    #respond(head: string, body: string | undefined): void {
        if (head.startsWith(`POST ${SHORT_PATH} `)) {
            this.#received = ""
            this.#soon({ type: "data", data: Buffer.from("HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n") })
            return
        }
        const { seq, co2Ppm } = JSON.parse(body ?? "") as { seq: number; co2Ppm: unknown[] }
        this.#received = ""
        this.stored += co2Ppm.length
        this.largestBatch = Math.max(this.largestBatch, co2Ppm.length)
        const ack = `{"ack":${seq + co2Ppm.length - 1},"desired":${DESIRED}}`
        const date = new Date(this.#now()).toUTCString()
        const response = `HTTP/1.1 200 OK\r\n${this.#head}Date: ${date}\r\nContent-Length: ${ack.length}\r\n\r\n${ack}`
        for (let at = 0; at < response.length; at += SOCKET_READ_BYTES)
            this.#soon({ type: "data", data: Buffer.from(response.slice(at, at + SOCKET_READ_BYTES)) })
    }

    #soon(event: SocketEvent): void {
        this.#due.push({ atMs: this.#now() + ROUND_TRIP_MS, event })
    }
}
