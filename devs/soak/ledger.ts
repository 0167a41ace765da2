/** The result of a reconciliation: where every reading and every interval of a device went. */
import { lossReasons } from "../../src/wire.ts"

export interface Ledger {
    /** readings that the device took */
    taken: number
    /** readings on the server */
    stored: number
    /** readings that the device dropped and counted, by reason */
    lost: Record<string, number>
    /** of those: stored on the server after all, because the response to their batch did not arrive */
    lostAndStored: number
    /** only in RAM when the power was cut */
    cut: number
    /** only in RAM when the device restarted itself */
    restart: number
    /** in a store that a power cut destroyed */
    storeLost: number
    /** stored with a time that is off by a power cut between the note of a restart and the restart itself */
    misdated: number
    /** whole intervals of uptime without a reading: a sensor was faulty, or the program had just started */
    withoutSensor: number
    starting: number
    /** whole intervals between boots: counted as gap by the device or its server, or not */
    gap: number
    gapUncounted: number
    /** everything that does not add up, at most 20 sentences */
    discrepancies: string[]
}

/** Sums over several ledgers. */
export type LedgerTotals = Omit<Ledger, "discrepancies">

const MAX_DISCREPANCIES = 20

export function emptyLedger(): Ledger {
    return {
        taken: 0,
        stored: 0,
        lost: {},
        lostAndStored: 0,
        cut: 0,
        restart: 0,
        storeLost: 0,
        misdated: 0,
        withoutSensor: 0,
        starting: 0,
        gap: 0,
        gapUncounted: 0,
        discrepancies: [],
    }
}

export function addDiscrepancy({ discrepancies }: Ledger, text: string): void {
    if (discrepancies.length < MAX_DISCREPANCIES) discrepancies.push(text)
}

export function totalsOf(ledgers: Ledger[]): LedgerTotals {
    const total = (count: (ledger: Ledger) => number) => sum(ledgers.map(count))
    const counted = new Set(ledgers.flatMap(({ lost }) => Object.keys(lost)))
    return {
        taken: total(ledger => ledger.taken),
        stored: total(ledger => ledger.stored),
        lost: Object.fromEntries(
            lossReasons()
                .filter(reason => counted.has(reason))
                .map(reason => [reason, total(({ lost }) => lost[reason] ?? 0)]),
        ),
        lostAndStored: total(ledger => ledger.lostAndStored),
        cut: total(ledger => ledger.cut),
        restart: total(ledger => ledger.restart),
        storeLost: total(ledger => ledger.storeLost),
        misdated: total(ledger => ledger.misdated),
        withoutSensor: total(ledger => ledger.withoutSensor),
        starting: total(ledger => ledger.starting),
        gap: total(ledger => ledger.gap),
        gapUncounted: total(ledger => ledger.gapUncounted),
    }
}

export function sum(numbers: number[]): number {
    return numbers.reduce((total, number) => total + number, 0)
}
