/** What a screen reader says without being asked. Does not touch the DOM. */
import type { WallRoom } from "../../wall/wall-room.ts"
import type { Words } from "../shared/format.ts"
import { headlineOf, stateOf } from "./rooms.ts"

type SpokenHeadline = (rooms: WallRoom[], now: number, words: Words) => string | undefined

/**
 * The headline names the worst room first, so it changes with their order; it is spoken when the rooms in it are others.
 *
 * @returns what says the headline, if it is to be spoken now: never at first, as it has been read with the page
 */
export function spokenHeadlines(): SpokenHeadline {
    let before: string | undefined
    return (rooms, now, words) => {
        const named = namedRooms(rooms, now)
        const isSpoken = before !== undefined && before !== named
        before = named
        return isSpoken ? headlineOf(rooms, now, words) : undefined
    }
}

/** As headlineOf: those that are fair are named while none is poor. */
function namedRooms(rooms: WallRoom[], now: number): string {
    const [poor = [], fair = [], ...others] = (["poor", "fair", "failed", "silent"] as const).map(state =>
        rooms.filter(room => stateOf(room, now) === state).map(({ id }) => id),
    )
    return JSON.stringify([poor, poor.length > 0 ? [] : fair, ...others].map(ids => ids.toSorted()))
}
