/** What a round of `airpin renew` reported, for the terminal. */
import { type EdgeDevice, type EdgeOutcome, type EdgeStatus, edgeDaysLeft } from "../../certs/edge-status.ts"
import { printable, type Terminal, tableText } from "./terminal.ts"

const outcomeTexts: Record<EdgeOutcome, string> = {
    fine: "fine",
    attention: "needs attention",
    failed: "failed",
    refused: "held back, or refused by devices",
}
const colours = { fine: "green", attention: "yellow", failed: "red", refused: "red" } as const

/** The end of a round. */
export function showRound(terminal: Terminal, status: EdgeStatus): void {
    showOutcome(terminal, status)
    showServing(terminal, status, new Date(status.at))
    showNext(terminal, status)
}

/** `airpin renew --status`. */
export function showEdgeStatus(terminal: Terminal, status: EdgeStatus, now: Date): void {
    terminal.line("round", `${timeText(status.at)} for ${status.names.join(", ")}`)
    showOutcome(terminal, status)
    showServing(terminal, status, now)
    showNext(terminal, status)
    for (const [at, { source, label, keyType, devices, count }] of status.heldBack.entries()) {
        terminal.line(at === 0 ? "held back" : "", `${label} of ${source} (${keyType}), for ${count} devices:`)
        for (const { name, reason } of devices) terminal.line("", `  ${printable(name)}: ${reason}`)
    }
    for (const [at, { at: time, message, code, nextStep }] of status.errors.entries()) {
        terminal.line(at === 0 ? "errors" : "", `${timeText(time)}  ${message} ${terminal.paint("dim", `[${code}]`)}`)
        if (at === 0) terminal.line("", `next: ${nextStep}`)
    }
    showDevices(terminal, status.devices)
}

function showOutcome(terminal: Terminal, { outcome, reasons }: EdgeStatus): void {
    terminal.line("outcome", terminal.paint(colours[outcome], outcomeTexts[outcome]))
    for (const reason of reasons) terminal.line("", reason)
}

function showServing(terminal: Terminal, status: EdgeStatus, now: Date): void {
    const { live } = status
    if (!live) {
        terminal.line("serves", "no certificate yet")
        return
    }
    const days = edgeDaysLeft(status, now) ?? 0
    const left = days < 0 ? `ended ${-days} days ago` : `${days} days left`
    terminal.line(
        "serves",
        `${live.keyType}, ${live.label}, from ${live.source}${live.verified ? "" : ": not verified"}`,
    )
    terminal.line("", live.path.join("  ←  "))
    terminal.line("", terminal.paint("dim", `SHA-256 ${live.leafSha256}`))
    terminal.line("until", `${timeText(live.notAfter)} (${left})`)
}

function showNext(terminal: Terminal, { nextLook }: EdgeStatus): void {
    terminal.line("next look", `${timeText(nextLook.at)}: ${nextLook.why}`)
}

const stands = { accepts: "accepts", refuses: "REFUSES", unknown: "not known" } as const

/** The devices by the anchor through which they accept what serves. */
function showDevices(terminal: Terminal, devices: EdgeDevice[]): void {
    if (devices.length === 0) {
        terminal.line("devices", "none is known")
        return
    }
    const sorted = [...devices].sort((a, b) => (a.anchor ?? "").localeCompare(b.anchor ?? ""))
    const rows = sorted.map(({ name, stand, anchor, reason }) => [
        printable(name),
        stands[stand],
        stand === "accepts" ? (anchor ?? "") : reason,
    ])
    terminal.line("devices", `${devices.length}, by the anchor through which they accept what serves`)
    for (const row of tableText([["NAME", "VERDICT", "ANCHOR OR REASON"], ...rows])) terminal.line("", row)
}

/** `airpin renew --dry-run`. */
export function showDryRun(
    terminal: Terminal,
    { due, steps }: { due: { due: boolean; atMs: number; why: string }; steps: string[] },
): void {
    const at = timeText(new Date(due.atMs).toISOString())
    terminal.line("due", due.due ? `since ${at}: ${due.why}` : `not before ${at}: ${due.why}`)
    for (const [at, step] of steps.entries()) terminal.line(at === 0 ? "would" : "", step)
    if (steps.length === 0) terminal.line("would", "look at what the server presents, and report")
}

/** "2027-01-31 12:00 UTC" */
/** "2027-01-31 12:00 UTC" */
export const timeText = (iso: string) => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
