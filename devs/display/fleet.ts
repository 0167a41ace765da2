/** Prints a simulated fleet: its progress, and the summary. */
import type { FleetOutcome, FleetReport } from "../testbed/fleet-run.ts"
import { bytesText, type Terminal, tableText } from "./terminal.ts"

export class FleetDisplay {
    readonly #terminal: Terminal

    constructor(terminal: Terminal) {
        this.#terminal = terminal
    }

    started(title: string, devices: number, threads: number, forS: number): void {
        if (title) this.#terminal.line("scenario", title)
        this.#terminal.line(
            "fleet",
            `${devices} devices on ${threads} ${threads === 1 ? "thread" : "threads"}, ${hoursText(forS)}`,
        )
    }

    registering(): void {
        this.#terminal.progress("registering the devices at a server of their own")
    }

    progress(report: FleetReport): void {
        const { running, devices, simulatedSeconds, wallSeconds, taken, acknowledged, lost, refusals } = report
        const speed = (simulatedSeconds * devices) / wallSeconds
        const refused = (report.statuses[429] ?? 0) + (report.statuses[503] ?? 0)
        this.#terminal.table([
            ["time", `${hoursText(simulatedSeconds)} simulated, ${Math.round(speed)} times real time`],
            ["devices", `${running} of ${devices} running`],
            ["readings", `${taken} taken, ${acknowledged} acknowledged, ${lost} counted as lost`],
            ["server", `${report.responseP99Ms.toFixed(0)} ms (p99), ${refused} requests refused for load`],
            ["trust", `${refusals} connections refused by the devices`],
            ["memory", memoryText(report.residentBytes)],
        ])
    }

    summary(outcome: FleetOutcome): void {
        const { taken, stored, lost, onlyInRam, discrepancies, statuses, backAfterS } = outcome
        const terminal = this.#terminal
        terminal.blank()
        const rows = [
            [`${taken}`, "readings taken"],
            [`${stored}`, "on the server, each once"],
            ...(lost > 0 ? [[`${lost}`, `dropped and counted: ${countsText(outcome.lostBy)}`]] : []),
            ...(onlyInRam > 0 ? [[`${onlyInRam}`, "only in RAM when the power failed"]] : []),
        ]
        for (const [at, row] of tableText(rows.map(([count = "", text = ""]) => [count.padStart(9), text])).entries())
            terminal.line(at === 0 ? "readings" : "", row)
        const balanced = discrepancies.length === 0
        terminal.line("books", terminal.paint(balanced ? "green" : "red", balanced ? "balance" : "do not balance"))
        for (const discrepancy of discrepancies.slice(0, 10)) terminal.line("", terminal.paint("red", discrepancy))
        terminal.line(
            "server",
            `responses ${countsText(statuses)}; p50 ${outcome.responseMs.p50.toFixed(1)} ms, p99 ${outcome.responseMs.p99.toFixed(1)} ms, worst minute's p99 ${outcome.worstMinuteP99Ms.toFixed(0)} ms`,
        )
        if (outcome.mostRefusedForLoad > 0)
            terminal.line("", `at most ${outcome.mostRefusedForLoad} refused for load to one device`)
        if (outcome.refusals > 0)
            terminal.line("trust", `${outcome.refusing} devices refused the server, ${outcome.refusals} times in all`)
        if (outcome.powerCuts > 0)
            terminal.line(
                "power",
                `${outcome.powerCuts} cuts${backAfterS ? `; after them a batch was taken again from half of the devices within ${secondsText(backAfterS.half)}, from 99 % within ${secondsText(backAfterS.most)}, from all within ${secondsText(backAfterS.all)}` : ""}`,
            )
        terminal.line(
            "wire",
            `${bytesText(outcome.bytesUp)} up, ${bytesText(outcome.bytesDown)} down, ${outcome.handshakes} TLS handshakes, ${((outcome.bytesUp + outcome.bytesDown) / Math.max(1, stored)).toFixed(1)} B per reading`,
        )
        terminal.line(
            "memory",
            `${memoryText(outcome.peakResidentBytes)} at its peak with the server, ${memoryText(outcome.bytesPerDevice)} a device`,
        )
        terminal.line(
            "time",
            `${hoursText(outcome.simulatedSeconds)} of ${outcome.devices} devices in ${outcome.wallSeconds.toFixed(0)} s: ${Math.round(outcome.speed)} times real time`,
        )
    }
}

function countsText(counts: Record<string, number>): string {
    return Object.entries(counts)
        .map(([name, count]) => `${count} × ${name}`)
        .join(", ")
}

function hoursText(seconds: number): string {
    const minutes = Math.floor(seconds / 60)
    return `${Math.floor(minutes / 60)}:${`${minutes % 60}`.padStart(2, "0")} h`
}

function secondsText(seconds: number): string {
    return seconds < 120 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(1)} minutes`
}

function memoryText(bytes: number): string {
    return `${(bytes / 2 ** 20).toFixed(1)} MiB`
}
