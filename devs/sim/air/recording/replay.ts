/** Recorded air as the air of a simulated sensor. A row holds until the next; during a gap the sensor measures nothing. */
import type { Air, AirSource } from "../air.ts"

/** One row of the recording. */
export interface ReplayRow extends Air {
    /** ms since the Unix epoch */
    atMs: number
}

/** What a file has and what it lacks. */
export interface RecordingFacts {
    /** rows with all values */
    rows: number
    /** first row with all values, and the end of the last one, ms since 1970 */
    startMs: number
    endMs: number
    /** the median step from row to row, ms */
    stepMs: number
    /** empty cells; a row with one gives no air */
    emptyCells: number
    /** places where the next row is late */
    gaps: number
    /** ms without air between `startMs` and `endMs` */
    missingMs: number
}

/** How long the only row of a file holds; such recordings usually have one row per minute. */
const SINGLE_ROW_MS = 60_000
/** A row holds until the next one if that comes within so many median steps, and otherwise for one. */
const MAX_STEPS = 1.5

export class Replay implements AirSource {
    /** rows with all values, in order */
    readonly rows: readonly ReplayRow[]
    readonly facts: RecordingFacts
    readonly #untilMs: number[]

    /**
     * @param moments of all rows, in order, those without a value included; at least one
     * @param airs of the same rows; undefined where a value is missing; at least one is there
     */
    constructor(moments: readonly number[], airs: readonly (Air | undefined)[], emptyCells = 0) {
        const stepMs = medianStepMs(moments)
        const untils = moments.map((atMs, at) => {
            const nextMs = moments[at + 1] ?? Infinity
            return nextMs - atMs <= MAX_STEPS * stepMs ? nextMs : atMs + stepMs
        })
        const kept = moments.flatMap((atMs, at) => {
            const air = airs[at]
            return air ? [{ row: { atMs, ...air }, untilMs: untils[at] ?? atMs }] : []
        })
        this.rows = kept.map(({ row }) => row)
        this.#untilMs = kept.map(({ untilMs }) => untilMs)
        const startMs = this.rows[0]?.atMs ?? 0
        const endMs = this.#untilMs.at(-1) ?? startMs
        const coveredMs = kept.reduce((sum, { row, untilMs }) => sum + untilMs - row.atMs, 0)
        this.facts = {
            rows: kept.length,
            startMs,
            endMs,
            stepMs,
            emptyCells,
            gaps: moments.filter((_, at) => at > 0 && moments[at] !== untils[at - 1]).length,
            missingMs: endMs - startMs - coveredMs,
        }
    }

    get startMs(): number {
        return this.facts.startMs
    }

    get endMs(): number {
        return this.facts.endMs
    }

    /** The row at or before a moment; the first one before the start. */
    airAt(atMs: number): Air {
        const row = this.rows[Math.max(this.#indexAt(atMs), 0)]
        if (!row) throw new RangeError("a recording has at least one row")
        return row
    }

    /** False in a gap, and behind the last row: the sensor is then as if unplugged. */
    hasAir(atMs: number): boolean {
        return atMs < (this.#untilMs[Math.max(this.#indexAt(atMs), 0)] ?? 0)
    }

    /** -1 before the first row. */
    #indexAt(atMs: number): number {
        let first = -1
        let behind = this.rows.length
        while (behind - first > 1) {
            const middle = (first + behind) >>> 1
            if ((this.rows[middle]?.atMs ?? Infinity) <= atMs) first = middle
            else behind = middle
        }
        return first
    }
}

/** The upper median if the number of steps is even. */
function medianStepMs(moments: readonly number[]): number {
    const steps = moments.slice(1).map((atMs, at) => atMs - (moments[at] ?? atMs))
    return steps.sort((a, b) => a - b)[steps.length >> 1] ?? SINGLE_ROW_MS
}
