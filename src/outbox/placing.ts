/** When a former boot was. */
import { Journal } from "./journal"
import { Ring } from "./ring"

export interface Place {
    /** Unix seconds at uptime 0; undefined when nobody can tell */
    offsetS: number
    /** seconds by which it may be off */
    within: number
    /** uptime at which the first reading of that boot ended */
    firstEndS: number
}

/**
 * The place in time of the boot whose oldest block this is: its own clock, if
 * the server was heard in it. If not, it began between the end of the boot
 * before and the start of the next boot with a time; what the boots between do
 * not fill of that span is shared evenly among the cuts.
 *
 * @param formerEndS Unix seconds of the newest reading before; undefined if unknown
 * @param nowOffsetS Unix seconds at uptime 0 of this boot; undefined if unknown
 */
export async function placeOf(journal: Journal, slot: number, ownBoot: number, formerEndS: number, nowOffsetS: number): Promise<Place> {
    const boot = journal.bootCount(slot)
    const place: Place = { offsetS: undefined, within: 0, firstEndS: undefined }
    const last = new Ring(1, 1)
    let eraBoot = boot
    let eraOffsetS = 0
    let eraEndS = 0
    let filledS = 0
    let cuts = 1
    for (let at = slot; at >= 0 && eraBoot !== ownBoot; at = journal.next(at)) {
        if (journal.bootCount(at) !== eraBoot) {
            if (eraOffsetS > 0) break
            filledS += eraEndS
            cuts++
            eraBoot = journal.bootCount(at)
        }
        const head = eraBoot === ownBoot ? undefined : await journal.loadLast(at, last)
        if (!head) continue
        if (place.firstEndS === undefined) place.firstEndS = head.firstEndS - (head.firstSeq - 1) * head.stepS
        if (head.offsetS > 0) eraOffsetS = head.offsetS
        eraEndS = last.endS(0)
    }
    if (eraOffsetS === 0 && eraBoot !== ownBoot) {
        filledS += eraEndS
        cuts++
    }
    if (eraOffsetS > 0 && eraBoot === boot) place.offsetS = eraOffsetS
    else share(place, formerEndS, eraOffsetS > 0 ? eraOffsetS : nowOffsetS, filledS, cuts)
    return place
}

function share(place: Place, formerEndS: number, nextStartS: number, filledS: number, cuts: number) {
    if (formerEndS === undefined || nextStartS === undefined) return
    const restS = Math.max(0, nextStartS - formerEndS - filledS)
    const shareS = Math.floor(restS / cuts)
    place.offsetS = formerEndS + shareS
    place.within = restS - shareS
}
