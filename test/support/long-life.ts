/** One device through weeks of virtual time. When the firmware restarts the chip, it boots again with its flash. */
import type { Air } from "../../devs/sim/air/air.ts"
import { type DeviceEvent, parseDeviceLog } from "../../devs/sim/chip/device-log.ts"
import { Random } from "../../devs/sim/random.ts"
import { I2cBus } from "../../devs/sim/sensors/i2c.ts"
import { Scd4x } from "../../devs/sim/sensors/scd4x.ts"
import { Scd30 } from "../../devs/sim/sensors/scd30.ts"
import { Sgp30 } from "../../devs/sim/sensors/sgp30.ts"
import { Sht3x } from "../../devs/sim/sensors/sht3x.ts"
import type { Machine } from "../../devs/vm/machine.ts"
import type { Batch } from "../../src/wire.ts"
import { boot, flashWith, START_MS } from "./program.ts"
import { ScriptedServer } from "./scripted-server.ts"

export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

const kinds = { scd4x: Scd4x, sgp30: Sgp30, scd30: Scd30, sht3x: Sht3x }
export type Part = keyof typeof kinds

/** If the machine sleeps for at least this long, nothing is due at once. */
const LONG_SLEEP_MS = 250
const air: Air = { co2Ppm: 721, temperatureC: 23.18, humidityRh: 27.27, tvocPpb: 150 }

/** By then the garbage collector has run. */
const UNTIL_COLLECTED_MS = 60_000

/** Bytes of heap in use. */
export interface HeapRange {
    /** live objects */
    leastBytes: number
    mostBytes: number
}

export interface LifeOptions {
    entry?: string
    parts: Part[]
    settings: Record<string, string>
    /**
     * time step at this age if nothing is due at once; events in between are late by it. Without it,
     * time steps to the next event
     */
    jumpMs?(ageMs: number): number
}

/** Counters of one hour. */
export interface Hour {
    readings: number
    acks: number
    /** responses of each sensor, by its address */
    reads: Record<number, number>
}

/** A reading as stored on the server. */
export interface StoredReading {
    boot: string
    seq: number
    /** end of its interval, Unix seconds */
    timeS: number
}

export class LongLife {
    readonly server = new ScriptedServer(() => this.nowMs)
    readonly hours: Hour[] = []
    /** each boot: age of the device, and what it logged */
    readonly boots: { day: number; restartReason: string; id: string }[] = []
    /** events that must not occur */
    readonly faults: DeviceEvent[] = []
    readonly panics: number[] = []
    nowMs = START_MS
    readonly #options: LifeOptions
    readonly #bus = new I2cBus()
    readonly #random = new Random(1)
    #machine!: Machine
    #flash: Uint8Array

    private constructor(options: LifeOptions) {
        this.#options = options
        this.#flash = flashWith(options.settings)
        for (const part of options.parts)
            this.#bus.attach(new kinds[part]({ air: { airAt: () => air }, poweredAtMs: START_MS }))
    }

    static async switchOn(options: LifeOptions): Promise<LongLife> {
        const life = new LongLife(options)
        await life.#start()
        return life
    }

    get ageMs(): number {
        return this.nowMs - START_MS
    }

    async #start(): Promise<void> {
        const { machine } = await boot(this.#options.entry ?? "src/main.ts", {
            flash: this.#flash.slice(),
            onFlash: bytes => (this.#flash = bytes),
            now: () => this.nowMs,
            network: this.server,
            transferI2c: (address, write, readLength, atMs) => this.#transfer(address, write, readLength, atMs),
            onLog: line => this.#receive(line),
            onPanic: code => void this.panics.push(code),
            randomBytes: length => Uint8Array.from({ length }, () => 256 * this.#random.next()),
        })
        this.#machine = machine
    }

    #transfer(...transfer: Parameters<I2cBus["transfer"]>) {
        const outcome = this.#bus.transfer(...transfer)
        const { reads } = this.#hour()
        if (outcome.read) reads[transfer[0]] = (reads[transfer[0]] ?? 0) + 1
        return outcome
    }

    #hour(): Hour {
        return (this.hours[Math.floor(this.ageMs / HOUR_MS)] ??= { readings: 0, acks: 0, reads: {} })
    }

    #receive(line: string): void {
        const logged = parseDeviceLog(line)
        if (logged?.event === "reading") this.#hour().readings++
        if (logged?.event === "ack") this.#hour().acks++
        if (logged?.event === "boot")
            this.boots.push({ day: this.ageMs / DAY_MS, restartReason: logged.values.reason!, id: logged.values.id! })
        if (logged && ["fault", "lost", "setting", "journal"].includes(logged.event)) this.faults.push(logged)
    }

    /** Runs until this age in ms. */
    async liveTo(ageMs: number): Promise<void> {
        while (this.ageMs < ageMs) await this.#round()
    }

    async #round(): Promise<void> {
        try {
            const sleepMs = this.#machine.process()
            this.nowMs += sleepMs < LONG_SLEEP_MS ? sleepMs : (this.#options.jumpMs?.(this.ageMs) ?? sleepMs)
        } catch (error) {
            if ((error as Error).name !== "ExitStatus") throw error
            this.server.close()
            await this.#start()
        }
    }

    /** Runs with garbage collection at every allocation, and measures the heap after each round and each send. */
    async watchHeap(forMs: number): Promise<HeapRange> {
        const endMs = this.ageMs + UNTIL_COLLECTED_MS + forMs
        const range: HeapRange = { leastBytes: Infinity, mostBytes: 0 }
        const sample = () => this.#machine.heap()?.usedBytes ?? NaN
        const take = (bytes: number) => {
            range.leastBytes = Math.min(range.leastBytes, bytes)
            range.mostBytes = Math.max(range.mostBytes, bytes)
        }
        this.#machine.watchHeap(true)
        await this.liveTo(this.ageMs + UNTIL_COLLECTED_MS)
        this.server.onWrite = () => {
            take(sample())
            return 0
        }
        while (this.ageMs < endMs) {
            await this.#round()
            take(sample())
        }
        this.server.onWrite = () => 0
        this.#machine.watchHeap(false)
        return range
    }

    /** Every reading of every request, in order of arrival. */
    stored(): StoredReading[] {
        return this.server.batches.flatMap(({ text, count, atMs }) => {
            const { boot, seq, time, age, step } = JSON.parse(text.split("\r\n\r\n")[1]!) as Batch
            const firstS = time ?? Math.round(atMs / 1000) - age!
            return Array.from({ length: count }, (_, at) => ({ boot, seq: seq + at, timeS: firstS + at * step }))
        })
    }
}
