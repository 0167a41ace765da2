/**
 * Carries the clock across software restarts.
 *
 * Boots that follow each other because the program restarted the chip form a
 * chain with one clock, in seconds since the start of its first boot: once the
 * time of one boot is known, so is that of all. The clock loses the duration of
 * each restart, less than a second, and the server's next date corrects it.
 */
import { uptimeS } from "../fiber"

/** Tells Unix seconds (above: after 2001-09-09) from seconds of a chain (below). */
const MIN_TIME_S = 1e9

/** count of the chain's first boot */
let firstBoot: number
/** the chain's seconds at uptime 0 */
let startS = 0

/** Begins a chain with this boot. */
export function beginChain(boot: number) {
    firstBoot = boot
    startS = 0
}

/**
 * Continues the chain of the previous boot with the numbers of its `chainText`.
 *
 * @returns Unix seconds at uptime 0; undefined if the previous boot did not know the time
 */
export function continueChain(first: number, chainS: number, timeS: number): number {
    firstBoot = first
    startS = chainS
    return timeS > 0 ? timeS : undefined
}

/** Seconds since the start of the chain. */
export function chainNowS(): number {
    return startS + uptimeS()
}

/** Text for the next boot: count of the chain's first boot, seconds of the chain, Unix seconds or 0 if unknown. */
export function chainText(offsetS: number): string {
    return `${firstBoot} ${chainNowS()} ${offsetS === undefined ? 0 : offsetS + uptimeS()}`
}

/** Offset to store in a block: Unix seconds at uptime 0, or seconds of the chain while the time is unknown. */
export function blockOffsetS(offsetS: number): number {
    return offsetS ?? startS
}

/** Unix seconds at uptime 0 from a block's offset; undefined if the block has only seconds of a chain. */
export function knownOffsetS(storedOffsetS: number): number {
    return storedOffsetS >= MIN_TIME_S ? storedOffsetS : undefined
}

/**
 * True if a block with this offset is from a boot that continued a chain, and neither it nor its
 * predecessor knew the time.
 */
export function continuesChain(storedOffsetS: number): boolean {
    return storedOffsetS > 0 && storedOffsetS < MIN_TIME_S
}

/**
 * Seconds from the start of an earlier boot to the start of this one; undefined if it is not in this
 * chain or has Unix time.
 */
export function leadOf(boot: number, storedOffsetS: number): number {
    return boot >= firstBoot && storedOffsetS < MIN_TIME_S ? startS - storedOffsetS : undefined
}
