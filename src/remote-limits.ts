/**
 * Limits what a server can do to a device in a day, because a server may be broken
 * or in other hands: each write wears the flash, and each recalibration moves all
 * readings of a sensor.
 *
 * A day begins with the first write in it. It is counted in the seconds of the boot
 * chain, because settings from the server restart the chip; a power cut ends it.
 *
 * State is in module variables: an object for it takes 84 bytes of the chip's heap.
 */
import { chainNowS } from "./boot/uptime-chain"

const DAY_S = 24 * 3600
const MAX_WRITES = 12

let writes = 0
/** second of the chain at which the day began */
let dayStartS = 0
/** second of the chain at which a sensor was recalibrated from afar; 0: never */
let recalibratedS = 0

/** Continues the limits of the previous boot with the numbers of its `limitsText`. */
export function continueLimits(formerWrites: number, formerDayStartS: number, formerRecalibratedS: number) {
    writes = formerWrites
    dayStartS = formerDayStartS
    recalibratedS = formerRecalibratedS
}

/** Text for the next boot. */
export function limitsText(): string {
    return `${writes} ${dayStartS} ${recalibratedS}`
}

/** Counts one write of a setting. @returns false if the day has had as many as it may have */
export function takeSettingWrite(): boolean {
    const nowS = chainNowS()
    if (nowS - dayStartS >= DAY_S) writes = 0
    if (writes === 0) dayStartS = nowS
    if (writes >= MAX_WRITES) return false
    writes++
    return true
}

/** True if no sensor was recalibrated from afar within a day. */
export function mayRecalibrate(): boolean {
    return recalibratedS === 0 || chainNowS() - recalibratedS >= DAY_S
}

export function noteRemoteRecalibration() {
    recalibratedS = chainNowS()
}
