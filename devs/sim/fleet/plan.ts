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
    /** when it is flashed with the bundle of the rotation, ms since the Unix epoch; before `startMs`: it has it already */
    repinnedMs?: number
}

export interface FleetPlan {
    /** ms since the Unix epoch */
    startMs: number
    /** local time at `startMs`, hours since Monday 0:00: rooms are used by it */
    startHour: number
    devices: FleetDevicePlan[]
    bytecode: Uint8Array
    /** the certificate bundle's bytes, as flashed */
    bundle: Uint8Array
    rotation?: FleetRotation
}

/** The server gets a chain of another CA. */
export interface FleetRotation {
    /** when it ends all connections and presents the new chain, ms since the Unix epoch */
    atMs: number
    /** the certificate bundle's bytes with the anchors of both chains */
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
