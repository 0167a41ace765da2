/** A virtual device: the firmware's bytecode on a virtual chip with its bus, its network and its certificate bundle. */
import { AirpinError } from "../../../certs/error.ts"
import { type Chip, chips } from "../../image/chip.ts"
import { CHIP_STORE_BYTES, createStore } from "../../image/fstor.ts"
import { type EnvSettings, settingEntries } from "../../image/store-entries.ts"
import { isReboot, Machine, WATCHDOG_LINE, WATCHDOG_MS, WatchdogReset } from "../../vm/machine.ts"
import type { Peripherals } from "../../vm/peripherals.ts"
import type { Clock, Wakeup } from "../clock.ts"
import type { I2cBus } from "../sensors/i2c.ts"
import { type DeviceEvent, parseDeviceLog } from "./device-log.ts"
import type { FlashCut } from "./flash-operations.ts"
import type { Exchange } from "./http-tracker.ts"
import { ChipNetwork, type ChipNetworkOptions, SIMULATOR_LOG_PREFIX, type Traffic } from "./network.ts"

/** Watching the heap is slow: it is done for a quarter of an hour after power-up, and again every four hours. */
const WATCH_HEAP_MS = 15 * 60_000
const WATCH_HEAP_EVERY_MS = 4 * 3_600_000

/**
 * The runtime probes for parts in the first round of its main loop (devicescript-esp32 `main/main.c`, jacdac-c
 * `drivers/i2c_scan.c`): so many probes, each of which fails on a held line. No part of airpin's has this address.
 */
const BOOT_PROBES = 23
const BOOT_PROBE_ADDRESS = 0x6a

/** Thrown out of a tick in which the power fails. */
const POWER_LOST = new Error("no power")

/**
 * The flash of a device at power-up: a program to deploy, with API_URL,
 * API_TOKEN, INTERVAL_S, BATCH as in the `.env` files; or a whole store, from a
 * flash image or a device that lost power, whose program starts by itself 1.1 s later.
 */
export type DeviceMemory = { bytecode: Uint8Array; settings: EnvSettings } | { store: Uint8Array }

/** What a person sees of a device and touches: the parts on its pins, its light and its buzzer. */
export interface DevicePanel extends Peripherals {
    /** to be called after each round of the chip's main loop: it reads and sends the frames of the Jacdac bus */
    afterRound?(machine: Machine, nowMs: number): void
    /** the chip has lost its power or was reset */
    chipStopped(atMs: number): void
}

export type DeviceOptions = DeviceMemory & DeviceSurroundings

interface DeviceSurroundings {
    /** esp32 if absent */
    chip?: Chip
    /** 16 hex digits */
    chipId: string
    /** the certificate bundle's bytes, as flashed */
    bundle: Uint8Array
    bus: Pick<I2cBus, "transfer">
    /** none if absent */
    panel?: DevicePanel
    /** TCP for faults; real TCP if absent */
    connectTcp?: ChipNetworkOptions["connectTcp"]
    serverTime?: ChipNetworkOptions["serverTime"]
    clock: Clock
    wakeup: Wakeup
    /** the firmware's own log events */
    onEvent?(event: DeviceEvent, atMs: number): void
    /** every line the chip logs */
    onLog?(line: string): void
    /** each response of the server */
    onExchange?(exchange: Exchange): void
    randomBytes?(length: number): Uint8Array
    /** measures the heap, which makes it several times slower; false if absent */
    watchHeap?: boolean
}

/**
 * Counts, flash and bus outlast restarts and power cuts; what a chip holds in
 * RAM, its connection included, does not.
 */
export class VirtualDevice {
    readonly network: ChipNetwork
    /** when `tick` is next due, on the clock; Infinity once it is off for good */
    dueMs: number
    readonly #options: DeviceOptions
    /** undefined without power */
    #machine: Machine | undefined
    /** until then transfers block the chip */
    busyUntilMs = 0
    #startedAtMs: number
    #formerHeapPeakBytes = 0
    /** the store, as a power cut leaves it */
    flash: Uint8Array
    /** how often flash was written */
    flashWrites = 0
    /** how often the program restarted the chip by itself */
    restarts = 0
    /** how often the task watchdog reset the chip */
    watchdogResets = 0
    /** how often the program made the chip panic, which must not happen */
    panics = 0
    /** how often its power was cut, and how many of those cuts tore a flash write */
    powerCuts = 0
    tornWrites = 0
    #flashCut: { cut: FlashCut; onCut(): void } | undefined

    private constructor(options: DeviceOptions) {
        this.#options = options
        this.flash =
            "store" in options ? options.store : createStore(CHIP_STORE_BYTES, settingEntries(options.settings))
        this.dueMs = this.#startedAtMs = options.clock.now()
        this.network = new ChipNetwork({
            bundle: options.bundle,
            now: () => options.clock.now(),
            onLog: line => this.#log(line),
            onActivity: () => options.wakeup.notify(),
            ...(options.onExchange && { onExchange: options.onExchange }),
            ...(options.connectTcp && { connectTcp: options.connectTcp }),
            ...(options.serverTime && { serverTime: options.serverTime }),
        })
    }

    /** Creates a device and powers it up. */
    static async powerUp(options: DeviceOptions): Promise<VirtualDevice> {
        const device = new VirtualDevice(options)
        const machine = await device.#start()
        if ("bytecode" in options) machine?.deploy(options.bytecode)
        return device
    }

    async #start(): Promise<Machine | undefined> {
        const { chip = "esp32", chipId, clock, bus, panel, randomBytes } = this.#options
        const { heldLineMs } = chips[chip]
        if (this.#scanHangs(heldLineMs)) return undefined
        const machine = await Machine.create({
            deviceId: chipId,
            flash: this.flash.slice(),
            onFlash: bytes => this.#keep(bytes),
            now: () => clock.now(),
            network: this.network,
            transferI2c: (...transfer) => bus.transfer(...transfer),
            heldLineMs,
            onLog: line => this.#log(line),
            ...(panel && { peripherals: panel }),
            ...(randomBytes && { randomBytes }),
        })
        this.dueMs = this.#startedAtMs = clock.now()
        return (this.#machine = machine)
    }

    /** True if the runtime's own scan of the bus takes so long that the watchdog resets the chip: no program can help. */
    #scanHangs(heldLineMs: number): boolean {
        const { bus, clock } = this.#options
        if (BOOT_PROBES * heldLineMs < WATCHDOG_MS) return false
        if (!bus.transfer(BOOT_PROBE_ADDRESS, new Uint8Array(), 0, clock.now()).held) return false
        this.#log(WATCHDOG_LINE)
        this.#resetByWatchdog(WATCHDOG_MS)
        return true
    }

    #resetByWatchdog(afterMs: number): void {
        this.watchdogResets++
        this.#stop()
        this.dueMs = this.#options.clock.now() + afterMs
    }

    /** Runs everything that is due now; returns a promise if the chip restarts, until it is up again. */
    tick(): Promise<unknown> | undefined {
        if (!this.#machine) return this.#start()
        const { clock, panel, watchHeap = false } = this.#options
        const now = clock.now()
        const machine = this.#machine
        machine.watchHeap(watchHeap && (now - this.#startedAtMs) % WATCH_HEAP_EVERY_MS < WATCH_HEAP_MS)
        try {
            this.dueMs = now + machine.process()
            panel?.afterRound?.(machine, now)
            this.busyUntilMs = now + machine.blockedMs
            return undefined
        } catch (error) {
            if (error === POWER_LOST) return undefined
            if (error instanceof WatchdogReset) return void this.#resetByWatchdog(machine.blockedMs)
            if (isPanic(error)) this.#panic(error)
            else if (isReboot(error)) this.restarts++
            else throw error
        }
        this.#stop()
        return this.#start()
    }

    #panic({ message }: AirpinError): void {
        this.panics++
        this.#log(`${SIMULATOR_LOG_PREFIX}chip panic: ${message}`)
    }

    /** Cuts the power until `untilMs`, for good if that is Infinity. The longer of two overlapping cuts counts. */
    cutPower(untilMs: number): void {
        this.dueMs = this.#machine ? untilMs : Math.max(untilMs, this.dueMs)
        this.powerCuts++
        this.#stop()
    }

    /** Makes the power fail within a flash write; `onCut` is called then and must call `cutPower`. */
    cutPowerIn(cut: FlashCut, onCut: () => void): void {
        this.#flashCut = { cut, onCut }
    }

    #stop(): void {
        this.#formerHeapPeakBytes = this.heapPeakBytes
        this.#machine = undefined
        this.busyUntilMs = 0
        this.#options.panel?.chipStopped(this.#options.clock.now())
        this.network.reset()
    }

    get traffic(): Traffic {
        return this.network.traffic
    }

    /** Peak use of the chip's 64 kB heap; 0 if it was not measured. */
    get heapPeakBytes(): number {
        return Math.max(this.#formerHeapPeakBytes, this.#machine?.heapPeakBytes ?? 0)
    }

    powerOff(): void {
        this.#stop()
        this.dueMs = Infinity
    }

    #keep(bytes: Uint8Array): void {
        this.flashWrites++
        const pending = this.#flashCut
        const torn = pending?.cut.between(this.flash, bytes)
        this.flash = torn ?? bytes
        if (!pending || !torn) return
        this.tornWrites++
        const { onCut } = pending
        this.#flashCut = undefined
        onCut()
        throw POWER_LOST
    }

    #log(line: string): void {
        this.#options.onLog?.(line)
        const event = parseDeviceLog(line)
        if (event) this.#options.onEvent?.(event, this.#options.clock.now())
    }
}

function isPanic(error: unknown): error is AirpinError {
    return error instanceof AirpinError && error.code === "CHIP_PANIC"
}
