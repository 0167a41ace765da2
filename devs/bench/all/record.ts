/** Puts a run into floors.json5, and leaves everything else in it as it stands. */
import type { Measured } from "./measured.ts"

const DIGITS = 4

/**
 * @param text of floors.json5
 * @param measuredOn without quotation marks
 * @returns the text with the values of this run; a figure that was skipped keeps its own
 */
export function recordedFloors(text: string, measured: Measured[], measuredOn: string): string {
    let result = text.replace(/measuredOn: "[^"]*"/, () => `measuredOn: "${measuredOn.replaceAll('"', "'")}"`)
    for (const { id, value } of measured) {
        if (value === undefined) continue
        const place = new RegExp(`("${id.replaceAll(".", "\\.")}": \\{[^}]*?recorded: )(null|-?[\\d.e+-]+)`)
        if (!place.test(result)) throw new Error(`floors.json5 has no figure ${id}`)
        result = result.replace(place, (_, before: string) => before + roundedText(value))
    }
    return result
}

/** Whole numbers as they are, others with four digits. */
const roundedText = (value: number) => String(Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS)))
