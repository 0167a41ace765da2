/** What a simulation puts around its devices: their server, their certificate bundle and their program. */
import type { Chip } from "../image/chip.ts"
import type { EnvSettings } from "../image/store-entries.ts"
import type { DeviceMemory } from "../sim/chip/device.ts"
import { buildFirmware } from "../vm/firmware.ts"
import type { LocalService } from "./local-service.ts"

export interface SimEnvironment {
    /** URL of the API; undefined if the device's settings have none */
    url: string | undefined
    /** what to open in a browser, where that is not simply the URL */
    page?: string
    /** the chip that an image is for; undefined if any will do */
    chip?: Chip
    /** name of the board that an image is for */
    boardName?: string | undefined
    /** the simulation's own API; undefined if the server is another one */
    service?: LocalService
    /** bytes of the certificate bundle */
    bundle: Buffer
    /** number of its anchors, where the server is not the simulation's own, and is yet to be judged */
    anchorCount?: number
    program(): Promise<DeviceProgram>
    /** what the server has of these devices at the end; empty for a server that cannot be asked */
    fetchRecords(ids: string[], columns: string[]): Promise<FetchedRecords>
    close(): Promise<void>
}

export interface FetchedRecords {
    /** the readings, with the given columns */
    csv?: string
    summary: ServerSummary
}

export interface ServerSummary {
    stored?: number
    duplicated?: number
    /** intervals without a reading around restarts and power cuts, as the devices counted them */
    gap?: number
}

export interface DeviceProgram {
    bytecodeBytes: number
    /** true: the firmware was not compiled again; absent for a program from an image */
    cached?: boolean
    /** initial memory of the device with this id */
    memory(id: string): Promise<DeviceMemory>
}

/**
 * A program of `src`, compiled if it changed, with the settings of each device.
 *
 * @param mainFile its main file
 */
export async function buildProgram(
    mainFile: string,
    settingsFor: (id: string) => Promise<EnvSettings>,
): Promise<DeviceProgram> {
    const { bytecode, cached } = await buildFirmware(mainFile)
    const memory = async (id: string) => ({ bytecode, settings: await settingsFor(id) })
    return { bytecodeBytes: bytecode.length, cached, memory }
}
