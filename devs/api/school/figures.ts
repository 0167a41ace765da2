/** What the sums over lessons say. */
import type { LessonRange } from "../site/lessons.ts"
import type { LessonSums, SlotSums } from "./co2-sums.ts"
import type { Figures } from "./records.ts"

/** Seconds of the roll-up that the figures are made of. */
const SLOT_S = 300

/** Slots that end in the lessons, in minutes. */
export function minutesIn(lessons: LessonRange[]): number {
    const slots = lessons.map(({ from, to }) => Math.floor(to / SLOT_S) - Math.floor(from / SLOT_S))
    return slots.reduce((sum, count) => sum + count, 0) * (SLOT_S / 60)
}

/** True if only eCO2 was measured. */
export function isEstimated(sums: LessonSums[]): boolean {
    return sums.some(sum => sum.eco2Slots > 0) && sums.every(sum => sum.co2Slots === 0)
}

export function slotsOf(sums: LessonSums[], estimated: boolean): SlotSums[] {
    return sums.map(sum => (estimated ? eco2Of(sum) : co2Of(sum)))
}

function co2Of(row: LessonSums): SlotSums {
    return { slots: row.co2Slots, sum: row.co2Sum, max: row.co2Max, fair: row.co2Fair, poor: row.co2Poor }
}

function eco2Of(row: LessonSums): SlotSums {
    return { slots: row.eco2Slots, sum: row.eco2Sum, max: row.eco2Max, fair: row.eco2Fair, poor: row.eco2Poor }
}

export function figuresOf(sums: SlotSums[], lessonMinutes: number): Figures {
    const total = (value: (sum: SlotSums) => number) => sums.reduce((all, sum) => all + value(sum), 0)
    const slots = total(sum => sum.slots)
    const maxima = sums.flatMap(({ max }) => max ?? [])
    const minutes = SLOT_S / 60
    return {
        meanPpm: slots === 0 ? null : Math.round(total(({ sum }) => sum ?? 0) / slots),
        maxPpm: maxima.length === 0 ? null : Math.round(Math.max(...maxima)),
        fairMinutes: total(sum => sum.fair) * minutes,
        poorMinutes: total(sum => sum.poor) * minutes,
        measuredMinutes: slots * minutes,
        lessonMinutes,
    }
}
