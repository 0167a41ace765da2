/** Times of the school's clock in `datetime-local` inputs: "2026-11-28T10:35". Does not touch the DOM. */

const MINUTE_S = 60

export function localText(atS: number, timeZone: string): string {
    const parts = new Intl.DateTimeFormat("sv-SE", {
        timeZone,
        year: "numeric",
        month: "2-digit",
        day: "2-digit",
        hour: "2-digit",
        minute: "2-digit",
    })
    return parts.format(atS * 1000).replace(" ", "T")
}

/** Unix seconds of a local time; where clocks are set back, the earlier of two; undefined if it cannot be parsed. */
export function secondsOf(text: string, timeZone: string): number | undefined {
    const asUtcS = Date.parse(`${text}Z`) / 1000
    if (Number.isNaN(asUtcS)) return undefined
    const offsetAt = (atS: number) => Date.parse(`${localText(atS, timeZone)}Z`) / 1000 - atS + (atS % MINUTE_S)
    const guess = asUtcS - offsetAt(asUtcS)
    return asUtcS - offsetAt(guess)
}
