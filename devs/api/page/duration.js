/** Above this age, s, a value says nothing about the air now. */
const STALE_S = 3_600

export function isStale(ageS) {
    return ageS > STALE_S
}

/** "12 seconds", "1 minute", "3 hours", "2 days": whole units of the largest that fits. */
export function durationText(seconds) {
    const units = [
        [86_400, "day"],
        [3_600, "hour"],
        [60, "minute"],
    ]
    const [length, unit] = units.find(([length]) => seconds >= length) ?? [1, "second"]
    const count = Math.max(0, Math.floor(seconds / length))
    return `${count} ${unit}${count === 1 ? "" : "s"}`
}

/** "just now" or "3 minutes ago". */
export function ageText(seconds) {
    return seconds < 2 ? "just now" : `${durationText(seconds)} ago`
}
