/**
 * Starts that follow one another because the program restarted the chip. How
 * long each ran is known, so the time of one is the time of all: a chain of
 * starts has one clock, which counts from its first start, and runs on. It loses
 * what the chip needs to restart, less than a second each time, and is set right
 * when the server is heard.
 */
import { uptimeS } from "../fiber"

/** 2001-09-09: Unix seconds are more, seconds of a chain are less. */
const MIN_TIME_S = 1e9

/** count of the chain's first start */
let firstBoot: number
/** the chain's seconds at uptime 0 */
let startS = 0

/** This start is the first of a chain. */
export function beginChain(boot: number) {
    firstBoot = boot
    startS = 0
}

/** This start follows one that left `words` behind. @returns Unix seconds at uptime 0; undefined when it did not know */
export function continueChain(first: number, chainS: number, timeS: number): number {
    firstBoot = first
    startS = chainS
    return timeS > 0 ? timeS : undefined
}

/** What the next start is to be told: first start, seconds of the chain, Unix seconds or 0. */
export function chainText(offsetS: number): string {
    return `${firstBoot} ${startS + uptimeS()} ${offsetS === undefined ? 0 : offsetS + uptimeS()}`
}

/** What stands in a block for the time at uptime 0: Unix seconds, or as long as nobody knows them seconds of the chain. */
export function blockOffsetS(offsetS: number): number {
    return offsetS ?? startS
}

/** Unix seconds at uptime 0 that a block has; undefined when there are none. */
export function knownOffsetS(storedOffsetS: number): number {
    return storedOffsetS >= MIN_TIME_S ? storedOffsetS : undefined
}

/** True when a block with this is of a boot that followed the one before in a chain, and neither knew the time. */
export function continuesChain(storedOffsetS: number): boolean {
    return storedOffsetS > 0 && storedOffsetS < MIN_TIME_S
}

/** Seconds from uptime 0 of an earlier start to that of this one; undefined when it is not of this chain, or its block has the time. */
export function leadOf(boot: number, storedOffsetS: number): number {
    return boot >= firstBoot && storedOffsetS < MIN_TIME_S ? startS - storedOffsetS : undefined
}
