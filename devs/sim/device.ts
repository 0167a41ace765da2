/** One virtual device: the firmware's bytecode on a virtual chip with its bus, its network and its trust. */
import { createStore, CHIP_STORE_BYTES } from "../image/fstor.ts"
import { settingEntries, type Settings } from "../image/store-entries.ts"
import { isReboot, Machine } from "../vm/machine.ts"
import { ChipNetwork, type Traffic } from "./chip-network.ts"
import type { Clock, Pulse } from "./clock.ts"
import { parseDeviceLog, type DeviceEvent } from "./device-log.ts"
import type { I2cBus } from "./i2c.ts"

/** Watching the heap is slow: it is done from power-up for a quarter of an hour, and again every four hours. */
const WATCH_HEAP_MS = 15 * 60_000
const WATCH_HEAP_EVERY_MS = 4 * 3_600_000

/**
 * What is in the flash of a device that is switched on: a program just deployed,
 * with API_URL, API_TOKEN, INTERVAL_S, BATCH as they stand in the `.env` files;
 * or a whole store, of a flash image or of a device that lost its power, whose program starts by itself 1.1 s later.
 */
export type DeviceMemory = { bytecode: Uint8Array; settings: Settings } | { store: Uint8Array }

export type DeviceOptions = DeviceMemory & DeviceSurroundings

interface DeviceSurroundings {
    /** 16 hex digits */
    chipId: string
    /** the certificate bundle's bytes, as flashed */
    bundle: Uint8Array
    bus: I2cBus
    clock: Clock
    pulse: Pulse
    /** the firmware's own log events */
    onEvent?(event: DeviceEvent, atMs: number): void
    /** every line the chip logs */
    onLog?(line: string): void
    randomBytes?(length: number): Uint8Array
}

/**
 * Counts go on through restarts and power cuts, as do the flash and the bus;
 * what a chip holds in RAM, its connection included, does not.
 */
export class VirtualDevice {
    readonly network: ChipNetwork
    /** when `round` is next due, on the clock; Infinity while it is off for good */
    dueMs: number
    readonly #options: DeviceOptions
    /** undefined without power */
    #machine: Machine | undefined
    #startedAtMs: number
    #formerHeapPeakBytes = 0
    /** what a power cut leaves */
    flash: Uint8Array
    /** how often flash was written */
    flashWrites = 0
    /** how often the program restarted the chip by itself */
    restarts = 0

    private constructor(options: DeviceOptions) {
        this.#options = options
        this.flash = "store" in options ? options.store : createStore(CHIP_STORE_BYTES, settingEntries(options.settings))
        this.dueMs = this.#startedAtMs = options.clock.now()
        this.network = new ChipNetwork({
            bundle: options.bundle,
            onLog: line => this.#log(line),
            onActivity: () => options.pulse.beat(),
        })
    }

    /** A device, switched on. */
    static async powerUp(options: DeviceOptions): Promise<VirtualDevice> {
        const device = new VirtualDevice(options)
        const machine = await device.#start()
        if ("bytecode" in options) machine.deploy(options.bytecode)
        return device
    }

    async #start(): Promise<Machine> {
        const { chipId, clock, bus, randomBytes } = this.#options
        const machine = await Machine.create({
            deviceId: chipId,
            flash: this.flash.slice(),
            onFlash: bytes => this.#keep(bytes),
            now: () => clock.now(),
            network: this.network,
            transferI2c: (...transfer) => bus.transfer(...transfer),
            onLog: line => this.#log(line),
            ...(randomBytes && { randomBytes }),
        })
        this.dueMs = this.#startedAtMs = clock.now()
        return (this.#machine = machine)
    }

    /** Runs everything that is due now; a promise when the chip starts anew, until it has. */
    round(): Promise<unknown> | undefined {
        if (!this.#machine) return this.#start()
        const now = this.#options.clock.now()
        this.#machine.watchHeap((now - this.#startedAtMs) % WATCH_HEAP_EVERY_MS < WATCH_HEAP_MS)
        try {
            this.dueMs = now + this.#machine.process()
            return undefined
        } catch (error) {
            if (!isReboot(error)) throw error
        }
        this.restarts++
        this.#stop()
        return this.#start()
    }

    /** Takes its power, and gives it back at `untilMs`; never when that is Infinity. */
    cutPower(untilMs: number): void {
        this.#stop()
        this.dueMs = untilMs
    }

    #stop(): void {
        this.#formerHeapPeakBytes = this.heapPeakBytes
        this.#machine = undefined
        this.network.reset()
    }

    get traffic(): Traffic {
        return this.network.traffic
    }

    /** The most of the chip's 64 kB heap that was needed at once. */
    get heapPeakBytes(): number {
        return Math.max(this.#formerHeapPeakBytes, this.#machine?.heapPeakBytes ?? 0)
    }

    powerOff(): void {
        this.cutPower(Infinity)
    }

    #keep(bytes: Uint8Array): void {
        this.flash = bytes
        this.flashWrites++
    }

    #log(line: string): void {
        this.#options.onLog?.(line)
        const event = parseDeviceLog(line)
        if (event) this.#options.onEvent?.(event, this.#options.clock.now())
    }
}
