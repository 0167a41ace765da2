/** When a former boot was. */
import { continuesChain, knownOffsetS, leadOf } from "../boot/uptime-chain"
import { Journal } from "./journal"
import { Ring } from "./ring"

export interface BootTime {
    /** count */
    boot: number
    /** what its oldest block has for the time at uptime 0 */
    storedOffsetS: number
    /** Unix seconds at uptime 0; undefined when nobody can tell */
    offsetS: number
    /** seconds by which it began before this boot; undefined when nobody can tell, or nobody needs to */
    leadS: number
    /** seconds by which it may be off */
    timeUncertaintyS: number
    /** seconds by which it began later than it can have begun at the earliest: its share of a span without power, and the shares of those before */
    sinceEarliestS: number
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
 * @param previousEndS Unix seconds of the newest reading before; undefined if unknown
 * @param nowOffsetS Unix seconds at uptime 0 of this boot; undefined if unknown
 */
export async function bootTimeOf(
    journal: Journal,
    slot: number,
    ownBoot: number,
    previous: BootTime,
    previousEndS: number,
    nowOffsetS: number,
): Promise<BootTime> {
    const boot = journal.bootCount(slot)
    const bootTime: BootTime = {
        boot,
        storedOffsetS: undefined,
        offsetS: undefined,
        leadS: undefined,
        timeUncertaintyS: 0,
        sinceEarliestS: 0,
        firstEndS: undefined,
    }
    const last = new Ring(1, 1)
    let eraBoot = boot
    let eraOffsetS = 0
    let eraEndS = 0
    let coveredS = 0
    let powerCuts = 1
    for (let at = slot; at >= 0 && eraBoot !== ownBoot; at = journal.next(at)) {
        const isFollower = journal.bootCount(at) === eraBoot + 1
        const isNext = journal.bootCount(at) !== eraBoot
        if (isNext) {
            if (eraOffsetS > 0) break
            coveredS += eraEndS
            eraBoot = journal.bootCount(at)
        }
        const head = eraBoot === ownBoot ? undefined : await journal.loadLast(at, last)
        if (isNext && !(head && isFollower && continuesChain(head.offsetS))) powerCuts++
        if (!head) continue
        if (bootTime.firstEndS === undefined) {
            bootTime.firstEndS = head.firstEndS - (head.firstSeq - 1) * head.stepS
            bootTime.storedOffsetS = head.offsetS
        }
        eraOffsetS = knownOffsetS(head.offsetS) ?? eraOffsetS
        if (eraBoot === boot) bootTime.leadS = leadOf(boot, head.offsetS)
        eraEndS = last.endS(0)
    }
    if (eraOffsetS === 0 && eraBoot !== ownBoot) {
        coveredS += eraEndS
        powerCuts++
    }
    if (eraOffsetS > 0 && eraBoot === boot) bootTime.offsetS = eraOffsetS
    else if (bootTime.leadS !== undefined)
        bootTime.offsetS = nowOffsetS === undefined ? undefined : nowOffsetS - bootTime.leadS
    else if (previous && isChainedTo(bootTime, previous)) chainTo(bootTime, previous)
    else
        estimateStart(
            bootTime,
            previous ? previous.sinceEarliestS : 0,
            previousEndS,
            eraOffsetS > 0 ? eraOffsetS : nowOffsetS,
            coveredS,
            powerCuts,
        )
    return bootTime
}

/** True when `former` restarted the chip, and that began this boot. */
function isChainedTo({ boot, storedOffsetS }: BootTime, previous: BootTime): boolean {
    return (
        boot === previous.boot + 1 &&
        continuesChain(storedOffsetS) &&
        previous.offsetS !== undefined &&
        knownOffsetS(previous.storedOffsetS) === undefined
    )
}

function chainTo(bootTime: BootTime, { offsetS, storedOffsetS, timeUncertaintyS, sinceEarliestS }: BootTime) {
    bootTime.offsetS = offsetS + bootTime.storedOffsetS - storedOffsetS
    bootTime.timeUncertaintyS = timeUncertaintyS
    bootTime.sinceEarliestS = sinceEarliestS
}

function estimateStart(
    bootTime: BootTime,
    sinceEarliestS: number,
    previousEndS: number,
    nextStartS: number,
    coveredS: number,
    powerCuts: number,
) {
    if (previousEndS === undefined || nextStartS === undefined) return
    const unaccountedS = Math.max(0, nextStartS - previousEndS - coveredS)
    const shareS = Math.floor(unaccountedS / powerCuts)
    bootTime.offsetS = previousEndS + shareS
    bootTime.sinceEarliestS = sinceEarliestS + shareS
    bootTime.timeUncertaintyS = Math.max(bootTime.sinceEarliestS, unaccountedS - shareS)
}
