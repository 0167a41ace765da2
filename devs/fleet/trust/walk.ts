/** In which order to visit devices: building by building and floor by floor, so that one walk does it. No I/O. */
import { groupParts } from "../../api/site/site.ts"
import { type JudgedMember, SEVERITY } from "./fleet-trust.ts"

/** The devices of one floor, or of whatever the second part of their group names. */
export interface Stop {
    /** "" without a group */
    building: string
    /** "" if the group has only one part */
    floor: string
    /** that whose anchor ends first comes first */
    devices: JudgedMember[]
}

/**
 * The stops of a walk to these devices. The building with the device whose anchor ends first comes first; in it, the floor
 * with the device whose anchor ends first. No building and no floor is visited twice.
 */
export function walkTo(devices: JudgedMember[]): Stop[] {
    return grouped(devices, building).flatMap(inBuilding =>
        grouped(inBuilding, floor).map(onFloor => ({
            building: building(onFloor[0]),
            floor: floor(onFloor[0]),
            devices: onFloor,
        })),
    )
}

/** All devices: those that would refuse in the order of the walk, then those not known, then those that would accept. */
export function inOrder(devices: JudgedMember[]): JudgedMember[] {
    return SEVERITY.flatMap(stand =>
        walkTo(devices.filter(device => device.stand === stand)).flatMap(stop => stop.devices),
    )
}

type Grouped = Pick<JudgedMember, "group"> | undefined

const building = (device: Grouped) => groupParts(device?.group ?? null)[0] ?? ""
const floor = (device: Grouped) =>
    groupParts(device?.group ?? null)
        .slice(1)
        .join(" / ")

/** The devices by what `keyOf` says, each group in the order of ends, that with the first end first. */
function grouped(devices: JudgedMember[], keyOf: (device: JudgedMember) => string): JudgedMember[][] {
    const groups = new Map<string, JudgedMember[]>()
    for (const device of [...devices].sort(byEnd)) {
        const key = keyOf(device)
        groups.set(key, [...(groups.get(key) ?? []), device])
    }
    return [...groups.values()]
}

/** By end, then by group and name, in which "Floor 2" is before "Floor 10". Those without an end, and without a group, are last. */
function byEnd(one: JudgedMember, other: JudgedMember): number {
    return (
        compare(one.endsAt ?? "~", other.endsAt ?? "~") ||
        Number(one.group === null) - Number(other.group === null) ||
        compare(one.group ?? "", other.group ?? "") ||
        compare(one.name, other.name)
    )
}

const { compare } = new Intl.Collator("en", { numeric: true })
