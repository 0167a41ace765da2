/** What streams can show: devices as the list has them, or the rooms of the wall. */
import type { Reads } from "../reads/reads.ts"
import type { SeenRoom } from "../wall/rooms.ts"
import type { DeviceShown, DeviceSource } from "./changes.ts"
import type { EventNames } from "./live.ts"

export interface View {
    names: EventNames
    source: DeviceSource
    /** @param device id of the only one that is shown; null: every one */
    first(device: string | null): Promise<DeviceShown[]>
}

/** @param nowS the time, Unix s */
export function devicesView(reads: Reads, nowS: () => number): View {
    const some = async (ids: string[]) => (await reads.run("devicesById", { ids, nowS: nowS() })).map(deviceShown)
    return {
        names: { all: "devices", one: "device" },
        source: { marks: () => reads.run("marks", {}), views: some },
        first: async device =>
            device === null ? (await reads.run("devices", { nowS: nowS() })).map(deviceShown) : await some([device]),
    }
}

export function wallView(reads: Reads): View {
    const some = async (ids: string[] | null) => (await reads.run("wallRooms", { ids })).map(roomShown)
    return {
        names: { all: "rooms", one: "room" },
        source: { marks: () => reads.run("wallMarks", {}), views: some },
        first: device => some(device === null ? null : [device]),
    }
}

function deviceShown(device: { id: string; lastSeenAt: number | null }): DeviceShown {
    return { id: device.id, lastSeenAt: device.lastSeenAt, parts: [device] }
}

/** What people change and what posts change have an event each: together they take more than 300 bytes. */
function roomShown({ room, lastSeenAt }: SeenRoom): DeviceShown {
    const { name, group, limits, ...air } = room
    return { id: room.id, lastSeenAt, parts: [{ id: room.id, name, group, limits }, air] }
}
