/** Estimates when a previous boot began. */
import { continuesChain, knownOffsetS, leadOf } from "../boot/uptime-chain"
import { Journal } from "./journal"
import { Ring } from "./ring"

export interface BootTime {
    /** boot count */
    boot: number
    /** offset in its oldest block: Unix seconds at uptime 0 or seconds of a chain */
    storedOffsetS: number
    /** Unix seconds at uptime 0; undefined if unknown */
    offsetS: number
    /** seconds from its start to the start of this boot; undefined if unknown or not needed */
    leadS: number
    /** maximum error of `offsetS`, s */
    timeUncertaintyS: number
    /**
     * offset from the earliest possible start, s: its share of a time without power, plus the shares
     * of earlier boots
     */
    sinceEarliestS: number
    /** uptime at the end of its first reading, s */
    firstEndS: number
}

/**
 * Start time of the boot whose oldest block is in `slot`.
 *
 * It is known if that boot received the server's time, or if it is in one chain
 * with this boot or with the previous one. Otherwise the boot began between the
 * last reading of the previous boot and the start of the next boot with a known
 * time. The part of this span that no boot covers is divided evenly among the
 * power cuts in it.
 *
 * @param previous start time of the boot before; undefined if there is none
 * @param previousEndS Unix seconds of the newest reading of the boot before; undefined if unknown
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

/** True if `boot` began with a software restart by `previous`. */
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
