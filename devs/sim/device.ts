/** One virtual device: the firmware's bytecode on a virtual chip with its bus, its network and its trust. */
import { createStore, settingEntries } from "../image/fstor.ts"
import { Machine } from "../vm/machine.ts"
import { ChipNetwork, type Traffic } from "./chip-network.ts"
import type { Clock, Pulse } from "./clock.ts"
import { parseDeviceLog, type DeviceEvent } from "./device-log.ts"
import type { I2cBus } from "./i2c.ts"

/** The ESP32's store (devicescript-esp32 `main/jd_user_config.h`). */
const FLASH_BYTES = 256 * 1024
/** Watching the heap is slow: it is done from power-up for a quarter of an hour, and again every four hours. */
const WATCH_HEAP_MS = 15 * 60_000
const WATCH_HEAP_EVERY_MS = 4 * 3_600_000

export interface DeviceOptions {
    /** 16 hex digits */
    chipId: string
    bytecode: Uint8Array
    /** API_URL, API_TOKEN, INTERVAL_S, BATCH as they stand in the `.env` files */
    settings: Record<string, string>
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
    /** what its flash holds, from a device that was powered off; a fresh store with the settings when absent */
    flash?: Uint8Array
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
        this.flash = options.flash ?? createStore(FLASH_BYTES, settingEntries(options.settings))
        this.dueMs = this.#poweredAtMs = options.clock.now()
        this.network = new ChipNetwork({
            bundle: options.bundle,
            onLog: line => this.#log(line),
            onActivity: () => options.pulse.beat(),
        })
    }

    /** A device with settings and program in its flash, switched on. */
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
        if (!options.flash) device.#machine.deploy(options.bytecode)
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
