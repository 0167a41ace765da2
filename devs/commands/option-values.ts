/** How the texts of options become values. */
import { InvalidArgumentError } from "@commander-js/extra-typings"

/** For an option that may be given again: all its texts. */
export const collect = (value: string, before: string[] = []) => [...before, value]

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
    return text => {
        const value = Number(text)
        if (!Number.isInteger(value) || value < min || value > max)
            throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
        return value
    }
}

/** Several of them, separated by commas. */
export function wholeNumbers(min: number, max: number): (text: string) => number[] {
    const one = wholeNumber(min, max)
    return text => text.split(",").map(one)
}
