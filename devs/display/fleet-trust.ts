/** What the devices of a fleet trust, and the walk to those that would refuse, for the terminal. */
import { shortName } from "../../certs/x509/name.ts"
import { anchorEnd, type ComingChain, type JudgedMember, SEVERITY } from "../fleet/trust/fleet-trust.ts"
import { walkTo } from "../fleet/trust/walk.ts"
import { timeText } from "./device.ts"
import { type Terminal, tableText } from "./terminal.ts"

const MAX_NAMED = 8
const COLORS = { refuses: "red", unknown: "yellow", accepts: "green" } as const

/** The table of all devices, in their order, then why some would refuse, and the walk. */
export function showFleetTrust(
    terminal: Terminal,
    chains: ComingChain[],
    devices: JudgedMember[],
    firmwareOf: Map<string, string>,
): void {
    for (const [at, { label, names, certificates }] of chains.entries()) {
        const path = certificates.map(({ subject }) => shortName(subject)).join(" ← ")
        terminal.line(
            at === 0 ? "chains" : "",
            `${label}${names.length > 0 ? ` for ${names.join(", ")}` : ""}: ${path}`,
        )
    }
    terminal.blank()
    if (devices.length === 0) {
        terminal.line("", "no device yet: airpin device add NAME adds one")
        return
    }
    const header = ["NAME", "GROUP", "HOLDS", "BOARD", "FIRMWARE", "LAST SEEN"]
    const [head = "", ...lines] = tableText([header, ...devices.map(device => cellsOf(device, firmwareOf))])
    terminal.line("", terminal.paint("dim", head))
    for (const [at, { stand }] of devices.entries())
        terminal.line(devices[at - 1]?.stand === stand ? "" : stand, terminal.paint(COLORS[stand], lines[at] ?? ""))
    terminal.blank()
    showReasons(terminal, devices)
    showWalk(terminal, devices)
}

function cellsOf({ name, group, pins, lastSeenAt }: JudgedMember, firmwareOf: Map<string, string>): string[] {
    const held = pins?.anchors.map(
        anchor => `${shortName(anchor.subject)} until ${anchorEnd(anchor).slice(0, 10)}`,
    ) ?? ["not known"]
    const firmware = firmwareOf.get(pins?.imageSha256 ?? "") ?? "not known"
    return [
        name,
        group ?? "",
        held.join(", "),
        pins?.board ?? "",
        firmware,
        lastSeenAt === null ? "never" : timeText(lastSeenAt),
    ]
}

/** Each reason once: devices with the same anchors have the same. */
function showReasons(terminal: Terminal, devices: JudgedMember[]): void {
    const refusing = devices.filter(({ stand }) => stand === "refuses")
    const reasons = [...new Set(refusing.map(({ reason }) => reason))]
    for (const [at, reason] of reasons.entries()) {
        const names = refusing.filter(device => device.reason === reason).map(({ name }) => name)
        terminal.line(at === 0 ? "why" : "", `${namesText(names)}: ${reason}`)
    }
    const counts = SEVERITY.map(stand => `${devices.filter(device => device.stand === stand).length}`)
    terminal.line(
        "verdict",
        `${counts[2]} of ${devices.length} would accept, ${counts[0]} refuse, ${counts[1]} unknown`,
    )
}

function namesText(names: string[]): string {
    const more = names.length - MAX_NAMED
    return names.slice(0, MAX_NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "")
}

function showWalk(terminal: Terminal, devices: JudgedMember[]): void {
    let number = 1
    for (const [at, stop] of walkTo(devices.filter(({ stand }) => stand === "refuses")).entries()) {
        const place = [stop.building, stop.floor].filter(Boolean).join(" / ") || "no group"
        const end = stop.devices[0]?.endsAt?.slice(0, 10)
        const visits = stop.devices.map(({ name }) => `${number++} ${name}`)
        terminal.line(at === 0 ? "walk" : "", `${place}, first end ${end}: ${visits.join(", ")}`)
    }
    if (number > 1) terminal.line("next", "airpin pin HOST for new pins, then airpin fleet repin at the devices")
    if (devices.some(({ stand }) => stand === "unknown"))
        terminal.line(
            number > 1 ? "" : "next",
            "airpin device pins ID FILE for those unknown, with the manifest that airpin image wrote beside the image",
        )
}

/** For --json. */
export function fleetTrustJson(chains: ComingChain[], devices: JudgedMember[], firmwareOf: Map<string, string>) {
    const refusing = devices.filter(({ stand }) => stand === "refuses")
    return {
        chains: chains.map(({ label, names, certificates }) => ({
            label,
            names,
            path: certificates.map(({ subject }) => subject),
        })),
        devices: devices.map(({ id, name, group, stand, reason, endsAt, pins, lastSeenAt }) => ({
            ...{ id, name, group, stand, reason, endsAt, lastSeenAt },
            board: pins?.board ?? null,
            firmware: firmwareOf.get(pins?.imageSha256 ?? "") ?? null,
            anchors:
                pins?.anchors.map(anchor => ({
                    name: shortName(anchor.subject),
                    subject: anchor.subject,
                    endsAt: anchorEnd(anchor),
                })) ?? null,
        })),
        walk: walkTo(refusing).map(({ building, floor, devices: there }) => ({
            building,
            floor,
            endsAt: there[0]?.endsAt ?? null,
            devices: there.map(({ id }) => id),
        })),
    }
}
