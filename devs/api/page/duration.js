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
