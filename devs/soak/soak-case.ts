/** The inputs of a soak: a case decides everything that happens in it. */
import type { Board } from "../image/boards.ts"
import type { Fault } from "../sim/faults/kinds.ts"
import { type PlannedDevice, planDevices, planFaults } from "./plan.ts"

export interface SoakCase {
    seed: number
    days: number
    devices: PlannedDevice[]
    faults: Fault[]
}

/** What the seeds of a soak have in common. */
export interface SoakScale {
    days: number
    devices: number
    /** of all devices; absent: chips in turn, without light and screen */
    board?: Pick<Board, "id" | "chip">
    /** divides the pauses between faults, and durations over two hours */
    faultDensity: number
}

/** The case that a seed draws. */
export function planCase(seed: number, { days, devices: deviceCount, board, faultDensity }: SoakScale): SoakCase {
    const planned = planDevices(seed, deviceCount)
    const devices = board ? planned.map(device => ({ ...device, board: board.id, chip: board.chip })) : planned
    return { seed, days, devices, faults: planFaults(seed, days, devices, faultDensity) }
}
