/** Reconciles what a device logged with what its server has: every reading and every interval must be accounted for. */
import { type BootClock, bootClocks, isPowerCut } from "./boot-clocks.ts"
import type { BootHistory, DeviceHistory, TakenReading } from "./device-history.ts"
import { reconcileGaps } from "./gaps.ts"
import { addDiscrepancy, emptyLedger, type Ledger, sum } from "./ledger.ts"
import { type IntervalConditions, missingIntervals, type TimeSpan } from "./missing-intervals.ts"

/** A reading as the server has it; its quantities by name, null or absent where not measured. */
export type ServerReading = { boot: string; seq: number; time: number } & Record<string, unknown>

/** What the server has on record of one boot besides readings. */
export interface ReportedBoot {
    id: string
    lost: number
    gap: number
    timeUncertaintyS: number
}

export interface ServerRecords {
    readings: ServerReading[]
    boots: ReportedBoot[]
}

export interface SoakConditions extends IntervalConditions {
    batch: number
    quantities: readonly string[]
    /** when injected faults shifted the server's clock, and by how much */
    clockFaults: (TimeSpan & { byS: number })[]
}

/** A device follows a date of whole seconds, and corrects its clock only when it is off by more than this. */
const CLOCK_TOLERANCE_S = 4
/** Flash is written every 10 minutes of an outage; a connection that hangs and a back-off may delay that. */
const MAX_JOURNAL_DELAY_S = 25 * 60
/** A restart waits for the end of an interval; the next interval may end while flash is written. */
const MAX_LOST_BY_RESTART = 2

export function reconcile(history: DeviceHistory, server: ServerRecords, conditions: SoakConditions): Ledger {
    return new Reconciliation(history, server, conditions).ledger
}

class Reconciliation {
    readonly ledger = emptyLedger()
    readonly #history: DeviceHistory
    readonly #conditions: SoakConditions
    readonly #stored = new Map<string, ServerReading>()
    readonly #reported: Map<string, ReportedBoot>
    /** by boot id */
    readonly #clocks: Map<string, BootClock>

    constructor(history: DeviceHistory, server: ServerRecords, conditions: SoakConditions) {
        this.#history = history
        this.#conditions = conditions
        this.#reported = new Map(server.boots.map(boot => [boot.id, boot]))
        this.#clocks = bootClocks(
            history.boots,
            id => this.#reported.get(id)?.timeUncertaintyS ?? 0,
            conditions.clockFaults,
        )
        this.#addServerReadings(server.readings)
        for (const boot of history.boots) this.#checkBoot(boot)
        this.#balanceStores()
        this.#checkGaps()
        for (const error of history.firmwareErrors) this.#disagree(`the firmware caught an error: ${error}`)
    }

    #disagree(text: string): void {
        addDiscrepancy(this.ledger, text)
    }

    #clockOf({ id }: BootHistory): BootClock {
        const clock = this.#clocks.get(id)
        if (!clock) throw new Error(`boot ${id} has no clock`)
        return clock
    }

    #isStored({ id }: BootHistory, { seq }: TakenReading): boolean {
        return this.#stored.has(`${id} ${seq}`)
    }

    #addServerReadings(readings: ServerReading[]): void {
        const taken = new Set(
            this.#history.boots.flatMap(({ id, readings }) => readings.map(({ seq }) => `${id} ${seq}`)),
        )
        for (const reading of readings) {
            const key = `${reading.boot} ${reading.seq}`
            if (!taken.has(key)) this.#disagree(`the server has a reading that was never taken: ${key}`)
            if (this.#stored.has(key)) this.#disagree(`the server has a reading twice: ${key}`)
            this.#stored.set(key, reading)
        }
        this.ledger.stored = this.#stored.size
    }

    #checkBoot(boot: BootHistory): void {
        const { ledger } = this
        ledger.taken += boot.readings.length
        for (const [reason, count] of Object.entries(boot.lost))
            ledger.lost[reason] = (ledger.lost[reason] ?? 0) + count
        if (boot.end.cause === "stop") this.#disagree(`the program of boot ${boot.id} ended by itself`)
        for (const reading of boot.readings) this.#compare(boot, reading)
        this.#checkIntervals(boot)
        const counted = sum(Object.values(boot.lost))
        const reported = this.#reported.get(boot.id)?.lost ?? 0
        if (reported > counted)
            this.#disagree(
                `boot ${boot.id}: the server has ${reported} readings on record as lost, the device lost ${counted}`,
            )
    }

    #checkIntervals(boot: BootHistory): void {
        const { starting, withoutSensor, unexplained } = missingIntervals(boot, this.#conditions)
        this.ledger.starting += starting
        this.ledger.withoutSensor += withoutSensor
        for (const endS of unexplained)
            this.#disagree(
                `boot ${boot.id} took no reading in the interval that ends at ${endS} s, though its sensors had no fault`,
            )
    }

    #compare(boot: BootHistory, { seq, timeS, values }: TakenReading): void {
        const stored = this.#stored.get(`${boot.id} ${seq}`)
        if (!stored) return
        const differing = this.#conditions.quantities.filter(name => (stored[name] ?? undefined) !== values[name])
        for (const name of differing)
            this.#disagree(`${boot.id} ${seq}: ${name} was ${values[name]}, the server has ${String(stored[name])}`)
        const { toleranceS, unnoticedS } = this.#clockOf(boot)
        const offS = Math.abs(stored.time - timeS)
        const allowedS = CLOCK_TOLERANCE_S + toleranceS
        if (offS <= allowedS) return
        if (offS <= allowedS + unnoticedS) this.ledger.misdated++
        else
            this.#disagree(
                `${boot.id} ${seq}: taken at ${timeS}, the server has ${stored.time}; the difference may be ${allowedS} s at most`,
            )
    }

    /**
     * For each store: readings that are missing must have been counted as lost, except those in RAM
     * when a boot ended.
     */
    #balanceStores(): void {
        for (let number = 0; number <= this.#history.storesLost; number++) {
            const boots = this.#history.boots.filter(({ storeNumber }) => storeNumber === number)
            const missing = boots.flatMap(boot => this.#missingBeforeTail(boot))
            const lost = sum(boots.flatMap(({ lost }) => Object.values(lost)))
            const excess = lost - missing.length
            if (excess > 0) this.ledger.lostAndStored += excess
            else if (number < this.#history.storesLost) this.ledger.storeLost -= excess
            else if (excess < 0)
                this.#disagree(
                    `${-excess} readings are neither on the server nor counted as lost; missing are ${listed(missing)}`,
                )
        }
    }

    /** Missing readings of a boot, without its tail: the newest ones, which were only in RAM when it ended. */
    #missingBeforeTail(boot: BootHistory): string[] {
        const missing = boot.readings.filter(reading => !this.#isStored(boot, reading)).map(({ seq }) => seq)
        let tail = 0
        for (let seq = boot.readings.at(-1)?.seq ?? 0; seq > boot.journaledSeq && missing.at(-1) === seq; seq--) {
            missing.pop()
            tail++
        }
        this.#checkTail(boot, tail)
        return missing.map(seq => `${boot.id} ${seq}`)
    }

    #checkTail({ id, end }: BootHistory, tail: number): void {
        const { intervalS, batch } = this.#conditions
        const isRestart = end.cause === "restart"
        const maxTail = isRestart ? MAX_LOST_BY_RESTART : batch + 2 + Math.ceil(MAX_JOURNAL_DELAY_S / intervalS)
        if (isRestart) this.ledger.restart += tail
        else if (isPowerCut(end)) this.ledger.cut += tail
        else if (tail > 0) this.#disagree(`boot ${id}: the newest ${tail} readings never arrived, for no known reason`)
        if (tail > maxTail)
            this.#disagree(
                `boot ${id}: ${tail} readings were only in RAM when it ended; at most ${maxTail} are allowed`,
            )
    }

    #checkGaps(): void {
        const { gap, gapUncounted, discrepancies } = reconcileGaps(this.#history.boots, {
            intervalS: this.#conditions.intervalS,
            clockOf: boot => this.#clockOf(boot),
            isStored: (boot, reading) => this.#isStored(boot, reading),
            countedGap: ({ id }) => this.#reported.get(id)?.gap ?? 0,
        })
        this.ledger.gap += gap
        this.ledger.gapUncounted += gapUncounted
        for (const discrepancy of discrepancies) this.#disagree(discrepancy)
    }
}

function listed(names: string[]): string {
    return names.length <= 6 ? names.join(", ") : `${names.slice(0, 3).join(", ")} … ${names.slice(-3).join(", ")}`
}
