/** Flashes every chip that is plugged in, several at once, until each device of a list has its image. */
import { setTimeout as sleep } from "node:timers/promises"
import { type AirpinError, asAirpinError } from "../../../certs/error.ts"
import { readFileBytes } from "../../files.ts"
import { type FlashProgress, flashConnected } from "../../flash/flasher.ts"
import { ChipLoader, type LoaderOptions } from "../../flash/loader.ts"
import { type ChipPort, type FoundPort, openPort } from "../../flash/serial-port.ts"
import { readFlashImage } from "../../image/flash-image.ts"
import { imageFile } from "../images.ts"
import type { FleetDevice } from "../list/check-list.ts"
import type { FleetState } from "../state.ts"
import { Assignment, type Choose, type ConnectedChip } from "./assignment.ts"
import { type Plugged, PortWatch } from "./port-watch.ts"

/** Shorter than anybody needs to pull one plug and push in another. */
const LOOK_EVERY_MS = 250
/** udev sets a port's group a moment after the port appears, and ModemManager looks at it first. */
const OPEN_ATTEMPTS = 5
const OPEN_AGAIN_MS = 400

export interface FlashingOptions extends LoaderOptions {
    /** only these ports; empty: all that may be chips' */
    ports: string[]
    /** how many chips are written at once */
    jobs: number
    choose: Choose
    /** ends it: what is being written is left where it is */
    signal: AbortSignal
    on: FlashingEvents
}

/** What happens, for whoever shows it. */
export interface FlashingEvents {
    connecting(port: string, hasControlLines: boolean): void
    chosen(chip: ConnectedChip, device: FleetDevice): void
    progress(port: string, device: FleetDevice, progress: FlashProgress): void
    flashed(
        chip: ConnectedChip,
        device: FleetDevice,
        flashed: { writtenBytes: number; wasReset: boolean; seconds: number },
    ): void
    /** it had its image already, and was not touched */
    known(chip: ConnectedChip, device: FleetDevice): void
    /** the list has no device for it */
    unwanted(chip: ConnectedChip): void
    /** what was plugged in can be pulled and plugged in again */
    failed(port: string, device: FleetDevice | undefined, error: AirpinError): void
}

/**
 * Resolves when all devices are flashed, or soon after the signal.
 *
 * @throws AirpinError PORT_NOT_FOUND if the system cannot list its ports; what the state's disk throws
 */
export async function flashFleet(devices: FleetDevice[], state: FleetState, options: FlashingOptions): Promise<void> {
    const watch = new PortWatch(options.ports)
    const assignment = new Assignment(devices, state, options.choose)
    const isDone = () => devices.every(({ name }) => state.isFlashed(name))
    const handled = new WeakSet<Plugged>()
    const lanes = new Map<Plugged, Promise<void>>()
    const failures: unknown[] = []
    while (!options.signal.aborted && !isDone() && failures.length === 0) {
        for (const port of await watch.look()) {
            const isBusy = [...lanes.keys()].some(({ path }) => path === port.path)
            if (handled.has(port) || isBusy || lanes.size >= options.jobs) continue
            handled.add(port)
            const lane = new Lane(port, state, assignment, options).run().catch(error => failures.push(error))
            lanes.set(
                port,
                lane.then(() => void lanes.delete(port)),
            )
        }
        await sleep(LOOK_EVERY_MS, undefined, { signal: options.signal }).catch(() => undefined)
    }
    await Promise.all(lanes.values())
    if (failures.length > 0) throw failures[0]
}

/** One chip from plugging in to its reset. */
class Lane {
    readonly #plugged: Plugged
    readonly #state: FleetState
    readonly #assignment: Assignment
    readonly #options: FlashingOptions

    constructor(plugged: Plugged, state: FleetState, assignment: Assignment, options: FlashingOptions) {
        this.#plugged = plugged
        this.#state = state
        this.#assignment = assignment
        this.#options = options
    }

    async run(): Promise<void> {
        const { signal, on } = this.#options
        let device: FleetDevice | undefined
        try {
            const port = await openSoon(this.#plugged)
            const stop = () => void port.release().catch(() => undefined)
            signal.addEventListener("abort", stop, { once: true })
            try {
                if (signal.aborted) return
                await this.#flash(port, found => (device = found))
            } finally {
                signal.removeEventListener("abort", stop)
                await port.release().catch(() => undefined)
            }
        } catch (error) {
            if (!signal.aborted) on.failed(this.#plugged.path, device, asAirpinError(error))
        }
    }

    async #flash(port: ChipPort, onDevice: (device: FleetDevice) => void): Promise<void> {
        const { on } = this.#options
        on.connecting(port.path, port.hasControlLines)
        const loader = await ChipLoader.connect(port, this.#options)
        const chip = { chip: loader.chip, mac: await loader.macAddress(), path: port.path }
        const device = await Promise.race([this.#assignment.deviceFor(chip), port.ended])
        if (!device) return on.unwanted(chip)
        onDevice(device)
        // its readings in flash would be lost if it were written once more
        if (this.#state.isFlashed(device.name)) {
            await loader.reset()
            return on.known(chip, device)
        }
        on.chosen(chip, device)
        await this.#write(loader, chip, device)
    }

    async #write(loader: ChipLoader, chip: ConnectedChip, device: FleetDevice): Promise<void> {
        const { on } = this.#options
        const record = this.#state.of(device.name).image
        if (!record) throw new Error(`${device.name} has no image`)
        const bytes = await readFileBytes(imageFile(this.#state, record))
        const beganAtMs = performance.now()
        const { writtenBytes, wasReset } = await flashConnected(loader, readFlashImage(bytes, record.file), {
            repin: false,
            onProgress: progress => on.progress(chip.path, device, progress),
        })
        const at = Math.floor(Date.now() / 1000)
        await this.#state.change(device.name, {
            flashed: { sha256: record.sha256, at, port: chip.path },
            firstReadingAt: undefined,
        })
        on.flashed(chip, device, { writtenBytes, wasReset, seconds: (performance.now() - beganAtMs) / 1000 })
    }
}

/** @throws AirpinError as `openPort`, after a few attempts */
async function openSoon(found: FoundPort): Promise<ChipPort> {
    for (let attempt = 1; ; attempt++) {
        try {
            return await openPort(found)
        } catch (error) {
            if (attempt === OPEN_ATTEMPTS) throw error
            await sleep(OPEN_AGAIN_MS)
        }
    }
}
