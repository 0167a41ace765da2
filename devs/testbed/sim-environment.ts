import type { DeviceMemory } from "../sim/chip/device.ts"
import type { DevicePlan } from "../sim/simulation.ts"

/** What is around the devices of a simulation: where they send to, whom they trust, what is in their flash. */
export interface SimEnvironment {
    /** of the API; undefined for a device that has none */
    url: string | undefined
    /** the certificate bundle's bytes */
    bundle: Buffer
    program(): Promise<DeviceProgram>
    /** what of the devices' readings is there at the end; writes --export */
    summarise(devices: DevicePlan[]): Promise<ServerSummary>
    close(): Promise<void>
}

export interface ServerSummary {
    stored?: number
    duplicated?: number
    /** intervals without a reading around restarts and power cuts, as the devices counted them */
    gap?: number
}

export interface DeviceProgram {
    bytecodeBytes: number
    /** the flash of the device of this id */
    memory(id: string): DeviceMemory
}
