/** A fleet as plain data, which threads can be sent. */
import type { Chip } from "../../image/chip.ts"
import type { EnvSettings } from "../../image/store-entries.ts"
import type { RoomKind } from "../air/occupancy.ts"
import type { Fault } from "../faults/kinds.ts"
import type { PartName } from "../sensors/parts.ts"

export interface FleetDevicePlan {
    /** the id by which its server knows it */
    id: string
    /** of its room, its chip and its sensors' noise */
    seed: number
    /** when it is powered up, ms since the Unix epoch; faults count from there */
    startMs: number
    room: RoomKind
    sensors: PartName[]
    settings: EnvSettings
    faults: Fault[]
    chip: Chip
}

export interface FleetPlan {
    /** ms since the Unix epoch */
    startMs: number
    /**
     * Each thread runs one device after the other for so long, ms, a divisor of a minute: the resolution of the times
     * that a server sends. Short windows cost time, because the next device's memory is in no cache.
     */
    windowMs: number
    /** local time at `startMs`, hours since Monday 0:00: rooms are used by it */
    startHour: number
    devices: FleetDevicePlan[]
    bytecode: Uint8Array
    /** the certificate bundle's bytes, as flashed */
    bundle: Uint8Array
}

/** What one device did. */
export interface FleetDeviceResult {
    id: string
    /** readings taken */
    taken: number
    /** readings that it dropped, by reason, as it logged them */
    lostBy: Record<string, number>
    /** starts of the program */
    boots: number
    restarts: number
    panics: number
    powerCuts: number
    handshakes: number
    /** handshakes that the chip aborted because it does not trust the certificates */
    refusals: number
    bytesUp: number
    bytesDown: number
    /** responses by HTTP status */
    statuses: Record<string, number>
    /** after the end of each power cut: seconds until the server took a batch again */
    backAfterS: number[]
}

/** What the fleet has done so far. */
export interface FleetProgress {
    running: number
    taken: number
    acknowledged: number
    lost: number
    /** connections that the chips refused */
    refusals: number
    /** responses by HTTP status */
    statuses: Record<string, number>
    /** waits for a response since the last progress, real milliseconds */
    responseMs: number[]
}
