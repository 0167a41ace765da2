/** How many people are in a simulated room at a time: a seeded plan for every working day. */
import { mix, Random } from "../random.ts"

export type RoomKind = "office" | "classroom"

const DAY_MINUTES = 24 * 60
const WORKING_DAYS = 5
/** How long somebody who leaves briefly stays out of the room. */
const ERRAND_MINUTES = 5
const ERRAND_CHANCE = 0.1
const DAY_OFF_CHANCE = 0.1
/** First and last minute of each lesson: 45 minutes from 8:00, breaks of 10 and 20. */
const LESSONS = [
    [480, 525],
    [535, 580],
    [600, 645],
    [655, 700],
    [720, 765],
    [775, 820],
] as const

/**
 * The number of people in the room.
 *
 * @param seats people who belong to the room
 * @param localMinute minutes since a Monday, 0:00, local time
 */
export function peoplePresent(kind: RoomKind, seed: number, seats: number, localMinute: number): number {
    const day = Math.floor(localMinute / DAY_MINUTES)
    if (day % 7 >= WORKING_DAYS) return 0
    if (kind === "classroom") return pupils(seed, seats, day, localMinute % DAY_MINUTES)
    return Array.from({ length: seats }, (_, seat) => isAtDesk(mix(seed, seat), localMinute)).filter(Boolean).length
}

/** A working day: arrival from 8 to 9, lunch around noon, departure from 16:15 to 18. */
function isAtDesk(person: number, localMinute: number): boolean {
    const day = Math.floor(localMinute / DAY_MINUTES)
    const minute = localMinute % DAY_MINUTES
    const plan = new Random(mix(person, day))
    const arrival = plan.between(480, 540)
    const departure = plan.between(975, 1080)
    const lunchStart = plan.between(705, 765)
    const lunchEnd = lunchStart + plan.between(30, 50)
    if (plan.next() < DAY_OFF_CHANCE) return false
    if (minute < arrival || minute >= departure || (minute >= lunchStart && minute < lunchEnd)) return false
    return new Random(mix(person, Math.floor(localMinute / ERRAND_MINUTES), 1)).next() >= ERRAND_CHANCE
}

function pupils(seed: number, seats: number, day: number, minute: number): number {
    const inLesson = LESSONS.some(([first, last]) => minute >= first && minute < last)
    return inLesson ? Math.round(seats * new Random(mix(seed, day)).between(0.85, 1)) : 0
}
