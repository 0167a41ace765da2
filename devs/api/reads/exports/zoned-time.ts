/** Times as ISO 8601 in a time zone. */
import { IANAZone } from "luxon"
import { isoTime } from "../../time-range.ts"

export const UTC = "UTC"

/** 15 minutes: no zone of the IANA database changes its offset within one since 1972. */
const BLOCK_S = 900

/**
 * Writes times like 2015-02-02T15:20:05+01:00, or 2015-02-02T14:20:05Z for UTC.
 *
 * @param zone name of the IANA database, checked by `isZone`
 */
export function timeWriter(zone: string): (time: number) => string {
    if (zone === UTC) return isoTime
    const iana = IANAZone.create(zone)
    let [block, offsetMinutes] = [Number.NaN, 0]
    return time => {
        if (block !== Math.floor(time / BLOCK_S)) {
            block = Math.floor(time / BLOCK_S)
            offsetMinutes = iana.offset(time * 1000)
        }
        return isoTime(time + offsetMinutes * 60).replace("Z", offsetText(offsetMinutes))
    }
}

export function isZone(text: string): boolean {
    return text === UTC || IANAZone.isValidZone(text)
}

function offsetText(minutes: number): string {
    const two = (value: number) => `${Math.trunc(value)}`.padStart(2, "0")
    const size = Math.abs(minutes)
    return `${minutes < 0 ? "-" : "+"}${two(size / 60)}:${two(size % 60)}`
}
