/** A class set in the terminal: what is written now, and how far each device is. */
import type { FlashProgress } from "../flash/flasher.ts"
import type { FleetDevice } from "../fleet/list/check-list.ts"
import type { FleetState } from "../fleet/state.ts"
import { type Terminal, tableText } from "./terminal.ts"

const BAR_COLUMNS = 20

/** What happens at a port. */
export type PortActivity =
    | { doing: "connecting"; hasControlLines: boolean }
    | { doing: "asking" }
    | { doing: "writing"; name: string; progress: FlashProgress }

/** One line a port, and one for the whole set. */
export function showPorts(terminal: Terminal, ports: Map<string, PortActivity>, done: number, total: number): void {
    const count = `${done} of ${total} flashed`
    if (ports.size === 0) {
        terminal.progress(`${count}: plug in the next device, or several; Ctrl-C stops, and the next run goes on`)
        return
    }
    const lines = [...tableText([...ports].map(([port, activity]) => [port, activityText(activity)])), count]
    if (terminal.picture(lines.join("\n"), () => lines)) return
    terminal.progress(ports.size === 1 ? lines.toReversed().join("  ") : `${count}, ${ports.size} ports at work`)
}

function activityText(activity: PortActivity): string {
    if (activity.doing === "asking") return "waits for a response to the question"
    if (activity.doing === "connecting")
        return activity.hasControlLines ? "waiting for the chip …" : "hold BOOT, press RESET, release BOOT"
    const { doneBytes, totalBytes } = activity.progress
    const part = doneBytes / totalBytes
    const bar = "█".repeat(Math.floor(part * BAR_COLUMNS)).padEnd(BAR_COLUMNS, "░")
    return `${activity.name}  ${bar}  ${String(Math.floor(part * 100)).padStart(3)} %`
}

/** How far a device is. */
export interface FleetRow {
    name: string
    id: string | null
    board: string
    group: string
    mac: string | null
    state: "added" | "image made" | "writing interrupted" | "flashed" | "first reading arrived"
    /** ISO 8601, UTC */
    flashedAt: string | null
    firstReadingAt: string | null
}

export function fleetRows(devices: FleetDevice[], state: FleetState): FleetRow[] {
    return devices.map(({ name, board, group }) => {
        const { id = null, mac = null, flashed, firstReadingAt } = state.of(name)
        return {
            name,
            id,
            board: board.id,
            group,
            mac,
            state: stateText(name, state),
            flashedAt: flashed ? isoTime(flashed.at) : null,
            firstReadingAt: firstReadingAt === undefined ? null : isoTime(firstReadingAt),
        }
    })
}

function stateText(name: string, state: FleetState): FleetRow["state"] {
    const { image, mac, firstReadingAt } = state.of(name)
    if (!image) return "added"
    if (state.isFlashed(name)) return firstReadingAt === undefined ? "flashed" : "first reading arrived"
    return mac === undefined ? "image made" : "writing interrupted"
}

const isoTime = (seconds: number) => new Date(seconds * 1000).toISOString()

/** The table of all devices. */
export function showFleet(terminal: Terminal, rows: FleetRow[]): void {
    const cells = rows.map(({ name, id, board, group, mac, state }) => [name, id ?? "", board, group, mac ?? "", state])
    for (const line of tableText([["NAME", "ID", "BOARD", "GROUP", "CHIP", "STATE"], ...cells])) terminal.line("", line)
}
