/** The value below which this share of the values lies; NaN of none. @param sorted ascending */
export function percentile(sorted: number[], share: number): number {
    return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN
}

export function median(values: number[]): number {
    return percentile(
        [...values].sort((one, other) => one - other),
        0.5,
    )
}
