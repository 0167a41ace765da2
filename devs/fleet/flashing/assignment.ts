/** Which device of the list a plugged-in chip becomes. */
import { AirpinError } from "../../../certs/error.ts"
import { type Chip, chipNames } from "../../image/chip.ts"
import type { FleetDevice } from "../list/check-list.ts"
import type { FleetState } from "../state.ts"

/** A chip in its bootloader. */
export interface ConnectedChip {
    chip: Chip
    mac: string
    /** of the port */
    path: string
}

/** Says which of these devices a chip is to be; undefined: none of them. */
export type Choose = (chip: ConnectedChip, candidates: FleetDevice[]) => Promise<FleetDevice | undefined>

/**
 * Takes devices of the list for chips. A chip that was a device before stays that one; another becomes one that has
 * no chip yet and whose board has this kind of chip.
 */
export class Assignment {
    readonly #devices: FleetDevice[]
    readonly #state: FleetState
    readonly #choose: Choose
    #asking: Promise<unknown> = Promise.resolve()

    constructor(devices: FleetDevice[], state: FleetState, choose: Choose) {
        this.#devices = devices
        this.#state = state
        this.#choose = choose
    }

    /** Undefined if the list has no device for this chip, or nobody wants to say which. */
    async deviceFor(chip: ConnectedChip): Promise<FleetDevice | undefined> {
        const name = this.#state.nameOf(chip.mac)
        const known = this.#devices.find(device => device.name === name)
        if (known?.board.chip === chip.chip) return known
        return await this.#oneAtATime(async () => {
            const candidates = this.#devices.filter(
                ({ name, board }) => board.chip === chip.chip && this.#state.of(name).mac === undefined,
            )
            const chosen = candidates.length === 0 ? undefined : await this.#choose(chip, candidates)
            // before the first byte is written: if this run ends meanwhile, the next one knows whose the chip is
            if (chosen) await this.#state.change(chosen.name, { mac: chip.mac })
            return chosen
        })
    }

    /** So that two chips do not become one device, and one question is asked at a time. */
    #oneAtATime<Result>(work: () => Promise<Result>): Promise<Result> {
        const done = this.#asking.then(work)
        this.#asking = done.catch(() => undefined)
        return done
    }
}

/** Takes the next of the list. */
export const nextOne: Choose = async (_chip, [first]) => first

/**
 * Refuses to take the next of the list where a chip may be one of two boards.
 *
 * @throws AirpinError FLEET_BOARD_AMBIGUOUS
 */
export function assertTold(devices: FleetDevice[], state: FleetState): void {
    const open = devices.filter(({ name }) => state.of(name).mac === undefined)
    for (const chip of chipNames) {
        const boards = new Set(open.filter(({ board }) => board.chip === chip).map(({ board }) => board.id))
        if (boards.size > 1)
            throw new AirpinError(
                "FLEET_BOARD_AMBIGUOUS",
                `${[...boards].sort().join(" and ")} have the same chip, ${chip}`,
            )
    }
}
