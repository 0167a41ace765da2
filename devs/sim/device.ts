/** One virtual device: the firmware's bytecode on a virtual chip with its bus, its network and its trust. */
import { createStore, CHIP_STORE_BYTES } from "../image/fstor.ts"
import { settingEntries, type Settings } from "../image/store-entries.ts"
import { Machine } from "../vm/machine.ts"
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

export class VirtualDevice {
    readonly network: ChipNetwork
    /** when `round` is next due, on the clock */
    dueMs: number
    readonly #options: DeviceOptions
    readonly #poweredAtMs: number
    #machine!: Machine
    /** what a power cut leaves */
    flash: Uint8Array
    /** how often flash was written since power-up */
    flashWrites = 0

    private constructor(options: DeviceOptions) {
        this.#options = options
        this.flash = "store" in options ? options.store : createStore(CHIP_STORE_BYTES, settingEntries(options.settings))
        this.dueMs = this.#poweredAtMs = options.clock.now()
        this.network = new ChipNetwork({
            bundle: options.bundle,
            onLog: line => this.#log(line),
            onActivity: () => options.pulse.beat(),
        })
    }

    /** A device, switched on. */
    static async powerUp(options: DeviceOptions): Promise<VirtualDevice> {
        const device = new VirtualDevice(options)
        device.#machine = await Machine.create({
            deviceId: options.chipId,
            flash: device.flash.slice(),
            onFlash: bytes => device.#keep(bytes),
            now: () => options.clock.now(),
            network: device.network,
            transferI2c: (...transfer) => options.bus.transfer(...transfer),
            onLog: line => device.#log(line),
            ...(options.randomBytes && { randomBytes: options.randomBytes }),
        })
        if ("bytecode" in options) device.#machine.deploy(options.bytecode)
        return device
    }

    /** Runs everything that is due now. */
    round(): void {
        const now = this.#options.clock.now()
        this.#machine.watchHeap((now - this.#poweredAtMs) % WATCH_HEAP_EVERY_MS < WATCH_HEAP_MS)
        this.dueMs = now + this.#machine.process()
    }

    get traffic(): Traffic {
        return this.network.traffic
    }

    /** The most of the chip's 64 kB heap that was needed at once. */
    get heapPeakBytes(): number {
        return this.#machine.heapPeakBytes
    }

    powerOff(): void {
        this.network.close()
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
