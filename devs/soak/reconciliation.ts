/** Holds what a device said against what its server has: every reading and every interval of time must be accounted for. */
import type { BootHistory, DeviceHistory, TakenReading } from "./device-history.ts"
import { type IntervalCircumstances, missingIntervals, type Span } from "./missing-intervals.ts"

/** A reading as the server has it; its quantities by name, null or absent where not measured. */
export type ServerReading = { boot: string; seq: number; time: number } & Record<string, unknown>

/** What the server was told of one start besides readings. */
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

export interface Circumstances extends IntervalCircumstances {
    batch: number
    quantities: readonly string[]
    /** when the server's clock was wrong, and by how much */
    clockTrouble: (Span & { byS: number })[]
}

/** Where all readings and all intervals went: counts. Whatever is left over is a complaint. */
export interface Ledger {
    taken: number
    stored: number
    /** given up and counted by the device, by reason */
    lost: Record<string, number>
    /** of those: stored all the same, their answer did not come */
    lostAndStored: number
    /** in RAM when the power went */
    cut: number
    /** in RAM when the device restarted itself */
    restart: number
    /** in a store that a power cut destroyed */
    storeLost: number
    /** stored with a time that is off by as long as there was no power: it failed between the note of a restart and the restart */
    misdated: number
    /** whole intervals of uptime without a reading: while parts were out of order, or the program had just started */
    withoutSensor: number
    starting: number
    /** whole intervals between starts: counted by the device or its server, or not */
    gap: number
    gapUncounted: number
    discrepancies: string[]
}

/** A device's clock follows a date of whole seconds, and moves only when it is off by more than this. */
const CLOCK_TOLERANCE_S = 4
/** Flash is written every 10 minutes of an outage; one connection that hangs, and a back-off, may come between. */
const JOURNAL_LATE_S = 25 * 60
/** What has piled up goes in posts of at most so many readings, whatever the batch. */
const MAX_IN_A_POST = 30
/** A restart waits for the end of an interval; the next one may close while flash is written. */
const RESTART_LOSES = 2
const MAX_DISCREPANCIES = 20

export function reconcile(history: DeviceHistory, server: ServerRecords, circumstances: Circumstances): Ledger {
    return new Reconciliation(history, server, circumstances).ledger
}

class Reconciliation {
    readonly ledger: Ledger = {
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
    readonly #history: DeviceHistory
    readonly #circumstances: Circumstances
    readonly #stored = new Map<string, ServerReading>()
    readonly #reported: Map<string, ReportedBoot>
    /** by the ids of their starts */
    readonly #chains: Map<string, Chain>

    constructor(history: DeviceHistory, server: ServerRecords, circumstances: Circumstances) {
        this.#history = history
        this.#circumstances = circumstances
        this.#reported = new Map(server.boots.map(boot => [boot.id, boot]))
        this.#chains = chainsOf(history.boots)
        this.#enterStored(server.readings)
        for (const boot of history.boots) this.#checkBoot(boot)
        this.#balanceStores()
        this.#checkGaps()
        for (const fault of history.firmwareErrors) this.#addDiscrepancy(`the firmware caught an error: ${fault}`)
    }

    #addDiscrepancy(text: string): void {
        if (this.ledger.discrepancies.length < MAX_DISCREPANCIES) this.ledger.discrepancies.push(text)
    }

    #enterStored(readings: ServerReading[]): void {
        const taken = new Set(
            this.#history.boots.flatMap(({ id, readings }) => readings.map(({ seq }) => `${id} ${seq}`)),
        )
        for (const reading of readings) {
            const key = `${reading.boot} ${reading.seq}`
            if (!taken.has(key)) this.#addDiscrepancy(`the server has a reading that was never taken: ${key}`)
            if (this.#stored.has(key)) this.#addDiscrepancy(`the server has a reading twice: ${key}`)
            this.#stored.set(key, reading)
        }
        this.ledger.stored = this.#stored.size
    }

    #checkBoot(boot: BootHistory): void {
        const { ledger } = this
        ledger.taken += boot.readings.length
        for (const [reason, count] of Object.entries(boot.lost))
            ledger.lost[reason] = (ledger.lost[reason] ?? 0) + count
        if (boot.end?.how === "stop") this.#addDiscrepancy(`the program of boot ${boot.id} ended by itself`)
        for (const reading of boot.readings) this.#compare(boot, reading)
        const { starting, withoutSensor, unexplained } = missingIntervals(boot, this.#circumstances)
        ledger.starting += starting
        ledger.withoutSensor += withoutSensor
        for (const endS of unexplained)
            this.#addDiscrepancy(
                `boot ${boot.id} took no reading of the interval that ends at ${endS} s, though its parts were in order`,
            )
        const countedLost = sum(Object.values(boot.lost))
        const reportedLost = this.#reported.get(boot.id)?.lost ?? 0
        if (reportedLost > countedLost)
            this.#addDiscrepancy(
                `boot ${boot.id}: the server was told of ${reportedLost} lost readings, the device lost ${countedLost}`,
            )
    }

    #compare(boot: BootHistory, { seq, timeS, values }: TakenReading): void {
        const stored = this.#stored.get(`${boot.id} ${seq}`)
        if (!stored) return
        const differs = this.#circumstances.quantities.filter(name => (stored[name] ?? undefined) !== values[name])
        for (const name of differs)
            this.#addDiscrepancy(
                `${boot.id} ${seq}: ${name} was ${values[name]}, the server has ${String(stored[name])}`,
            )
        const off = Math.abs(stored.time - timeS)
        const allowed = CLOCK_TOLERANCE_S + this.#timeUncertaintyS(boot) + this.#clockSlackS(boot)
        if (off > allowed && off <= allowed + this.#chains.get(boot.id)!.unnoticedS) this.ledger.misdated++
        else if (off > allowed)
            this.#addDiscrepancy(
                `${boot.id} ${seq}: taken at ${timeS}, the server has ${stored.time}, at most ${allowed} s off are allowed`,
            )
    }

    #timeUncertaintyS({ id }: BootHistory): number {
        return this.#reported.get(id)?.timeUncertaintyS ?? 0
    }

    /** By how much the server itself may have misled the device in this start, or in one from which it has its clock. */
    #clockSlackS({ id }: BootHistory): number {
        const { fromS, untilS } = this.#chains.get(id)!
        const misled = this.#circumstances.clockTrouble.filter(
            trouble => trouble.fromS < untilS && trouble.untilS > fromS,
        )
        return Math.max(0, ...misled.map(({ byS }) => Math.abs(byS)))
    }

    /** Of each store: what is missing must be counted, but for what was in RAM when a start ended. */
    #balanceStores(): void {
        for (let number = 0; number <= this.#history.storesLost; number++) {
            const boots = this.#history.boots.filter(({ storeNumber }) => storeNumber === number)
            const missing = boots.flatMap(boot => this.#missingBesidesTail(boot))
            const lost = sum(boots.flatMap(({ lost }) => Object.values(lost)))
            const over = lost - missing.length
            if (over > 0) this.ledger.lostAndStored += over
            else if (number < this.#history.storesLost) this.ledger.storeLost -= over
            else if (over < 0)
                this.#addDiscrepancy(
                    `${-over} readings are neither on the server nor counted as lost; missing are ${listed(missing)}`,
                )
        }
    }

    #missingBesidesTail(boot: BootHistory): string[] {
        const missing = boot.readings.filter(({ seq }) => !this.#stored.has(`${boot.id} ${seq}`)).map(({ seq }) => seq)
        let tail = 0
        for (let seq = boot.readings.at(-1)?.seq ?? 0; seq > boot.journaledSeq && missing.at(-1) === seq; seq--) {
            missing.pop()
            tail++
        }
        this.#explainTail(boot, tail)
        return missing.map(seq => `${boot.id} ${seq}`)
    }

    #explainTail({ id, end }: BootHistory, tail: number): void {
        const { intervalS, batch } = this.#circumstances
        const maxTail = end!.how === "restart" ? RESTART_LOSES : batch + 2 + Math.ceil(JOURNAL_LATE_S / intervalS)
        if (end!.how === "restart") this.ledger.restart += tail
        else if (isCut(end)) this.ledger.cut += tail
        else if (tail > 0)
            this.#addDiscrepancy(`boot ${id}: the newest ${tail} readings never came, and nothing stood in their way`)
        if (tail > maxTail)
            this.#addDiscrepancy(
                `boot ${id}: ${tail} readings were in RAM alone when it ended; at most ${maxTail} should be`,
            )
    }

    #checkGaps(): void {
        let former: BootHistory | undefined
        for (const boot of this.#history.boots) {
            const first = boot.readings.find(({ seq }) => this.#stored.has(`${boot.id} ${seq}`))
            if (!first) continue
            if (former) this.#checkGap(former, boot)
            former = boot
        }
    }

    #checkGap(former: BootHistory, boot: BootHistory): void {
        const { intervalS } = this.#circumstances
        const storedOf = ({ id, readings }: BootHistory) =>
            readings.filter(({ seq }) => this.#stored.has(`${id} ${seq}`))
        const newest = storedOf(former).at(-1)!
        const between = Math.max(
            0,
            Math.ceil(boot.readings[0]!.timeS / intervalS) - Math.ceil(newest.timeS / intervalS) - 1,
        )
        const counted = this.#reported.get(boot.id)?.gap ?? 0
        this.ledger.gap += counted
        this.ledger.gapUncounted += Math.max(0, between - counted)
        const slackS = sum(
            [former, boot].map(
                each => this.#timeUncertaintyS(each) + this.#clockSlackS(each) + this.#chains.get(each.id)!.unnoticedS,
            ),
        )
        // A device does not know of a post that was stored when its answer did not come.
        const unacknowledged = Math.min(MAX_IN_A_POST, Math.max(0, newest.seq - former.journaledSeq))
        const slack = 1 + Math.ceil(slackS / intervalS) + unacknowledged
        // Where the mark of what was delivered was torn, it takes that for waiting, and counts too much.
        const tooMany =
            former.end!.how === "torn"
                ? 0
                : counted - between - this.#unnumberedBefore(storedOf(boot)[0]!, boot.readings[0]!)
        if (tooMany > slack || between - counted > slack)
            this.#addDiscrepancy(
                `${counted} intervals were counted between ${former.id} and ${boot.id}, there were ${between}`,
            )
    }

    /**
     * Intervals of a start without a number, for a part was out of order, before
     * the first reading that was kept. The server knows numbers only: to it the
     * start began later by these, and they are part of the gap.
     */
    #unnumberedBefore(kept: TakenReading, first: TakenReading): number {
        return (kept.endS - first.endS) / this.#circumstances.intervalS - (kept.seq - first.seq)
    }
}

/**
 * Starts with one clock: a device that restarts itself notes it in flash, and
 * goes on with it. Power that fails just then is not missed: neither a start
 * that follows nor those before, which have their time from it, know how long that was.
 */
interface Chain {
    fromS: number
    untilS: number
    /** without power, and not known of */
    unnoticedS: number
}

function chainsOf(boots: BootHistory[]): Map<string, Chain> {
    const chains = new Map<string, Chain>()
    let chain: Chain | undefined
    for (const [at, { id, continues, offsetS, end }] of boots.entries()) {
        const former = boots[at - 1]?.end
        if (!chain || !continues) chain = { fromS: offsetS, untilS: 0, unnoticedS: 0 }
        else if (isCut(former)) chain.unnoticedS += offsetS - former!.atS
        chain.untilS = end!.atS
        chains.set(id, chain)
    }
    return chains
}

function isCut(end: BootHistory["end"]): boolean {
    return end?.how === "cut" || end?.how === "torn"
}

function sum(numbers: number[]): number {
    return numbers.reduce((total, number) => total + number, 0)
}

function listed(names: string[]): string {
    return names.length <= 6 ? names.join(", ") : `${names.slice(0, 3).join(", ")} … ${names.slice(-3).join(", ")}`
}
