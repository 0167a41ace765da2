/** When a former boot was. */
import { aheadOf, continuesChain, knownOffsetS } from "../boot/uptime-chain"
import { Journal } from "./journal"
import { Ring } from "./ring"

export interface BootTime {
    /** count */
    boot: number
    /** what its oldest block has for the time at uptime 0 */
    inBlockS: number
    /** Unix seconds at uptime 0; undefined when nobody can tell */
    offsetS: number
    /** seconds by which it began before this boot; undefined when nobody can tell, or nobody needs to */
    aheadS: number
    /** seconds by which it may be off */
    timeUncertaintyS: number
    /** seconds by which it began later than it can have begun at the earliest: its share of a span without power, and the shares of those before */
    sharedS: number
    /** uptime at which the first reading of that boot ended */
    firstEndS: number
}

/**
 * The place in time of the boot whose oldest block this is: its own clock, if
 * the server was heard in it, or that of this boot or of the one before, if both
 * are of one chain. If not, it began between the end of the boot before and the
 * start of the next boot with a time; what the boots between do not fill of
 * that span is shared evenly among the cuts.
 *
 * @param former the place of the boot before, if that is known
 * @param formerEndS Unix seconds of the newest reading before; undefined if unknown
 * @param nowOffsetS Unix seconds at uptime 0 of this boot; undefined if unknown
 */
export async function bootTimeOf(
    journal: Journal,
    slot: number,
    ownBoot: number,
    former: BootTime,
    formerEndS: number,
    nowOffsetS: number,
): Promise<BootTime> {
    const boot = journal.bootCount(slot)
    const place: BootTime = {
        boot,
        inBlockS: undefined,
        offsetS: undefined,
        aheadS: undefined,
        timeUncertaintyS: 0,
        sharedS: 0,
        firstEndS: undefined,
    }
    const last = new Ring(1, 1)
    let eraBoot = boot
    let eraOffsetS = 0
    let eraEndS = 0
    let filledS = 0
    let cuts = 1
    for (let at = slot; at >= 0 && eraBoot !== ownBoot; at = journal.next(at)) {
        const isFollower = journal.bootCount(at) === eraBoot + 1
        const isNext = journal.bootCount(at) !== eraBoot
        if (isNext) {
            if (eraOffsetS > 0) break
            filledS += eraEndS
            eraBoot = journal.bootCount(at)
        }
        const head = eraBoot === ownBoot ? undefined : await journal.loadLast(at, last)
        if (isNext && !(head && isFollower && continuesChain(head.offsetS))) cuts++
        if (!head) continue
        if (place.firstEndS === undefined) {
            place.firstEndS = head.firstEndS - (head.firstSeq - 1) * head.stepS
            place.inBlockS = head.offsetS
        }
        eraOffsetS = knownOffsetS(head.offsetS) ?? eraOffsetS
        if (eraBoot === boot) place.aheadS = aheadOf(boot, head.offsetS)
        eraEndS = last.endS(0)
    }
    if (eraOffsetS === 0 && eraBoot !== ownBoot) {
        filledS += eraEndS
        cuts++
    }
    if (eraOffsetS > 0 && eraBoot === boot) place.offsetS = eraOffsetS
    else if (place.aheadS !== undefined)
        place.offsetS = nowOffsetS === undefined ? undefined : nowOffsetS - place.aheadS
    else if (former && follows(place, former)) follow(place, former)
    else share(place, former ? former.sharedS : 0, formerEndS, eraOffsetS > 0 ? eraOffsetS : nowOffsetS, filledS, cuts)
    return place
}

/** True when `former` restarted the chip, and that began this boot. */
function follows({ boot, inBlockS }: BootTime, former: BootTime): boolean {
    return (
        boot === former.boot + 1 &&
        continuesChain(inBlockS) &&
        former.offsetS !== undefined &&
        knownOffsetS(former.inBlockS) === undefined
    )
}

function follow(place: BootTime, { offsetS, inBlockS, timeUncertaintyS, sharedS }: BootTime) {
    place.offsetS = offsetS + place.inBlockS - inBlockS
    place.timeUncertaintyS = timeUncertaintyS
    place.sharedS = sharedS
}

function share(
    place: BootTime,
    sharedS: number,
    formerEndS: number,
    nextStartS: number,
    filledS: number,
    cuts: number,
) {
    if (formerEndS === undefined || nextStartS === undefined) return
    const restS = Math.max(0, nextStartS - formerEndS - filledS)
    const shareS = Math.floor(restS / cuts)
    place.offsetS = formerEndS + shareS
    place.sharedS = sharedS + shareS
    place.timeUncertaintyS = Math.max(place.sharedS, restS - shareS)
}
