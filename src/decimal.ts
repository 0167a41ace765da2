/**
 * Exact conversion between numbers and text, with whole numbers only: the
 * runtime prints a fraction to 7 digits, and 9.9999999 as ":" (jacdac-c
 * `jd_print_double`).
 */

/**
 * The text of `scaled / 10^decimals`, exact: (-5, 2) is "-0.05", (2300, 2) is "23.00".
 *
 * @param scaled a whole number
 */
export function decimalText(scaled: number, decimals: number): string {
    if (decimals === 0) return "" + scaled
    const sign = scaled < 0 ? "-" : ""
    const size = Math.abs(scaled)
    const unit = Math.pow(10, decimals)
    const whole = Math.floor(size / unit)
    const fraction = "" + (unit + (size - whole * unit))
    return sign + whole + "." + fraction.slice(1)
}

/** The runtime prints and reads whole numbers exactly up to this many digits. */
const MAX_DIGITS = 15
const MAX_EXCLUSIVE = 1e15

/** True for a whole number of at most 15 digits, positive or negative. */
export function isWholeNumber(value: unknown): boolean {
    return typeof value === "number" && Math.floor(value) === value && Math.abs(value) < MAX_EXCLUSIVE
}

/** 100 times the value of a number with at most two decimals, "4", "2.5" or "0.25"; undefined for any other text. */
export function parseHundredths(text: string): number {
    const parts = text.split(".")
    if (parts.length > 2 || (parts.length === 2 && (parts[1].length === 0 || parts[1].length > 2))) return undefined
    const fraction = parts.length === 2 ? (parts[1] + "0").slice(0, 2) : "00"
    return parts[0].length === 0 ? undefined : parseWholeNumber(parts[0] + fraction)
}

/** The value of 1 to 15 decimal digits; undefined for any other text. */
export function parseWholeNumber(text: string): number {
    if (text.length === 0 || text.length > MAX_DIGITS) return undefined
    let value = 0
    for (let i = 0; i < text.length; i++) {
        const digit = text.charCodeAt(i) - 48
        if (digit < 0 || digit > 9) return undefined
        value = value * 10 + digit
    }
    return value
}
