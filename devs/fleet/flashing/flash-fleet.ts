/** Flashes every chip that is plugged in, several at once, until each device of a list has its image. */
import type { AirpinError } from "../../../certs/error.ts"
import { readFileBytes } from "../../files.ts"
import { type FlashProgress, flashConnected } from "../../flash/flasher.ts"
import { ChipLoader, type LoaderOptions } from "../../flash/loader.ts"
import type { ChipPort } from "../../flash/serial-port.ts"
import { readFlashImage } from "../../image/flash-image.ts"
import { imageFile } from "../images.ts"
import type { FleetDevice } from "../list/check-list.ts"
import type { FleetState } from "../state.ts"
import { Assignment, type Choose, type ConnectedChip } from "./assignment.ts"
import { type PortWork, type PortWorkOptions, workOnPorts } from "./port-work.ts"

export interface FlashingOptions extends LoaderOptions, PortWorkOptions {
    choose: Choose
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
    const assignment = new Assignment(devices, state, options.choose)
    const isDone = () => devices.every(({ name }) => state.isFlashed(name))
    await workOnPorts({ ...options, isDone }, path => new Lane(path, state, assignment, options))
}

/** One chip from plugging in to its reset. */
class Lane implements PortWork {
    readonly #path: string
    readonly #state: FleetState
    readonly #assignment: Assignment
    readonly #options: FlashingOptions
    #device: FleetDevice | undefined

    constructor(path: string, state: FleetState, assignment: Assignment, options: FlashingOptions) {
        this.#path = path
        this.#state = state
        this.#assignment = assignment
        this.#options = options
    }

    failed(error: AirpinError): void {
        this.#options.on.failed(this.#path, this.#device, error)
    }

    async run(port: ChipPort): Promise<void> {
        const { on } = this.#options
        on.connecting(port.path, port.hasControlLines)
        const loader = await ChipLoader.connect(port, this.#options)
        const chip = { chip: loader.chip, mac: await loader.macAddress(), path: port.path }
        const device = await Promise.race([this.#assignment.deviceFor(chip), port.ended])
        if (!device) return on.unwanted(chip)
        this.#device = device
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
