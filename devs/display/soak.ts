/** What a soak shows: a line as each seed ends, and the reckoning over all of them. */
import type { Ledger } from "../soak/reconciliation.ts"
import type { SoakProgress, SoakResult } from "../soak/soak-case.ts"
import { type Terminal, tableText } from "./terminal.ts"

/** A sum of accounts, without their complaints. */
export type LedgerTotals = Omit<Ledger, "discrepancies">

export class SoakDisplay {
    readonly #terminal: Terminal
    readonly #days: number
    /** by the seeds that run */
    readonly #running = new Map<number, SoakProgress>()

    constructor(terminal: Terminal, days: number) {
        this.#terminal = terminal
        this.#days = days
    }

    started(seeds: number[], devices: number): void {
        const many = seeds.length === 1 ? `seed ${seeds[0]}` : `${seeds.length} seeds`
        this.#terminal.line(
            "soak",
            `${many}, ${this.#days} days of ${devices} ${devices === 1 ? "device" : "devices"} each`,
        )
    }

    progress(progress: SoakProgress): void {
        this.#running.set(progress.seed, { ...progress })
        const running = [...this.#running.values()]
        const days = running.map(({ seed, day }) => `seed ${seed} day ${day}`).join(", ")
        const sum = (count: (progress: SoakProgress) => number) => running.reduce((all, each) => all + count(each), 0)
        this.#terminal.progress(
            `${days} of ${this.#days}  ${sum(({ faults }) => faults)} faults  ${sum(({ readings }) => readings)} readings`,
        )
    }

    seed(result: SoakResult): void {
        const { seed, faults, powerCuts, restarts, storesLost, wallSeconds } = result
        this.#running.delete(seed)
        const { taken, stored, lost, cut, storeLost } = totalsOf([result])
        const balanced = discrepanciesOf(result).length === 0
        const verdict = this.#terminal.paint(balanced ? "green" : "red", balanced ? "balances" : "does not balance")
        const events = `${faults} faults, ${powerCuts} power cuts, ${restarts} restarts, ${storesLost} stores lost`
        this.#terminal.line(
            `seed ${seed}`,
            `${taken} taken, ${stored} on the server, ${total(lost)} counted lost, ${cut} cut, ${storeLost} in lost stores; ${events}; ${wallSeconds.toFixed(0)} s: ${verdict}`,
        )
        for (const discrepancy of discrepanciesOf(result))
            this.#terminal.line("", this.#terminal.paint("red", discrepancy))
    }

    reproducer(file: string): void {
        this.#terminal.line("reproducer", `${file}: run it again with airpin soak --reproduce ${file}`)
    }

    summary(results: SoakResult[]): void {
        const sum = totalsOf(results)
        this.#terminal.blank()
        const [first, ...others] = tableText(rowsOf(sum).map(([count, text]) => [String(count).padStart(8), text]))
        this.#terminal.line("readings", first!)
        for (const row of others) this.#terminal.line("", row)
    }
}

function rowsOf(sum: LedgerTotals): [number, string][] {
    return [
        [sum.taken, "readings taken"],
        [sum.stored, "of them on the server, each once, with its values and its time"],
        ...Object.entries(sum.lost).map(([reason, count]): [number, string] => [
            count,
            `counted as lost by the device: ${reason}`,
        ]),
        [sum.lostAndStored, "of those on the server all the same: the answer did not come"],
        [sum.cut, "in RAM alone when the power went"],
        [sum.restart, "in RAM alone when the device restarted itself"],
        [sum.storeLost, "in a store that a power cut destroyed"],
        [sum.misdated, "on the server with a time that is off: the power went just as the device restarted itself"],
        [sum.withoutSensor, "intervals without a reading: a part was out of order, or just had been"],
        [sum.starting, "intervals without a reading: the program had just started"],
        [sum.gap, "intervals between two boots that were counted as gap: without power, or of readings cut or lost"],
        [sum.gapUncounted, "intervals between boots that nobody counted"],
    ]
}

/** The accounts of all devices of all seeds together. */
export function totalsOf(results: SoakResult[]): LedgerTotals {
    const ledgers = results.flatMap(({ devices }) => Object.values(devices).map(({ ledger }) => ledger))
    const sum = (count: (ledger: Ledger) => number) => ledgers.reduce((all, ledger) => all + count(ledger), 0)
    const reasons = [...new Set(ledgers.flatMap(({ lost }) => Object.keys(lost)))].sort()
    return {
        taken: sum(ledger => ledger.taken),
        stored: sum(ledger => ledger.stored),
        lost: Object.fromEntries(reasons.map(reason => [reason, sum(({ lost }) => lost[reason] ?? 0)])),
        lostAndStored: sum(ledger => ledger.lostAndStored),
        cut: sum(ledger => ledger.cut),
        restart: sum(ledger => ledger.restart),
        storeLost: sum(ledger => ledger.storeLost),
        misdated: sum(ledger => ledger.misdated),
        withoutSensor: sum(ledger => ledger.withoutSensor),
        starting: sum(ledger => ledger.starting),
        gap: sum(ledger => ledger.gap),
        gapUncounted: sum(ledger => ledger.gapUncounted),
    }
}

/** Everything that is wrong with a soak; nothing when its histories balance. */
export function discrepanciesOf({ devices, impostorBytes }: SoakResult): string[] {
    const ofDevices = Object.entries(devices).flatMap(([id, { ledger }]) =>
        ledger.discrepancies.map(discrepancy => `${id}: ${discrepancy}`),
    )
    return impostorBytes === 0
        ? ofDevices
        : [...ofDevices, `${impostorBytes} bytes went to a server with the wrong certificates`]
}

function total(counts: Record<string, number>): number {
    return Object.values(counts).reduce((sum, count) => sum + count, 0)
}
