/** Prints a soak: its progress, one line per seed, and the totals of all seeds. */

import type { LedgerTotals } from "../soak/ledger.ts"
import type { SoakProgress, SoakResult } from "../soak/run-case.ts"
import { type Terminal, tableText } from "./terminal.ts"

export class SoakDisplay {
    readonly #terminal: Terminal
    readonly #days: number
    /** newest progress of each running seed, by seed */
    readonly #running = new Map<number, SoakProgress>()

    constructor(terminal: Terminal, days: number) {
        this.#terminal = terminal
        this.#days = days
    }

    started(seeds: number[], devices: number): void {
        const which = seeds.length === 1 ? `seed ${seeds[0]}` : `${seeds.length} seeds`
        this.#terminal.line(
            "soak",
            `${which}, ${this.#days} ${this.#days === 1 ? "day" : "days"} of ${devices} ${devices === 1 ? "device" : "devices"} each`,
        )
    }

    progress(progress: SoakProgress): void {
        this.#running.set(progress.seed, { ...progress })
        const running = [...this.#running.values()]
        const days = running.map(({ seed, day }) => `seed ${seed} day ${day}`).join(", ")
        const total = (count: (progress: SoakProgress) => number) => running.reduce((all, each) => all + count(each), 0)
        this.#terminal.progress(
            `${days} of ${this.#days}  ${total(({ faults }) => faults)} faults  ${total(({ readings }) => readings)} readings`,
        )
    }

    seed(
        { seed, faults, powerCuts, restarts, watchdogResets, storesLost, wallSeconds }: SoakResult,
        { taken, stored, lost, cut, storeLost }: LedgerTotals,
        discrepancies: string[],
    ): void {
        this.#running.delete(seed)
        const balanced = discrepancies.length === 0
        const verdict = this.#terminal.paint(balanced ? "green" : "red", balanced ? "balances" : "does not balance")
        const counted = Object.values(lost).reduce((sum, count) => sum + count, 0)
        const events = `${faults} faults, ${powerCuts} power cuts, ${restarts} restarts, ${watchdogResets} watchdog resets, ${storesLost} stores lost`
        this.#terminal.line(
            `seed ${seed}`,
            `${taken} taken, ${stored} on the server, ${counted} counted as lost, ${cut} lost in power cuts, ${storeLost} in lost stores; ${events}; ${wallSeconds.toFixed(0)} s: ${verdict}`,
        )
        for (const discrepancy of discrepancies) this.#terminal.line("", this.#terminal.paint("red", discrepancy))
    }

    reproducer(file: string): void {
        this.#terminal.line("reproducer", `${file}; to run it again: airpin soak --reproduce ${file}`)
    }

    summary(totals: LedgerTotals): void {
        this.#terminal.blank()
        const rows = tableText(rowsOf(totals).map(([count, text]) => [String(count).padStart(8), text]))
        for (const [at, row] of rows.entries()) this.#terminal.line(at === 0 ? "readings" : "", row)
    }
}

function rowsOf(totals: LedgerTotals): [number, string][] {
    return [
        [totals.taken, "readings taken"],
        [totals.stored, "on the server, each once, with its values and its time"],
        ...Object.entries(totals.lost).map(([reason, count]): [number, string] => [
            count,
            `dropped and counted by the device: ${reason}`,
        ]),
        [totals.lostAndStored, "of those on the server after all: the response to their batch did not arrive"],
        [totals.cut, "only in RAM when the power was cut"],
        [totals.restart, "only in RAM when the device restarted itself"],
        [totals.storeLost, "in a store that a power cut destroyed"],
        [totals.misdated, "on the server with a wrong time: the power was cut just as the device restarted itself"],
        [totals.withoutSensor, "intervals without a reading: a sensor was faulty or recovering"],
        [totals.starting, "intervals without a reading: the program had just started"],
        [totals.gap, "intervals between two boots counted as gap: without power, or with readings cut or lost"],
        [totals.gapUncounted, "intervals between two boots that were not counted"],
    ]
}
