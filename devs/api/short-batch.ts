import { AirpinError } from "../../certs/error.ts"
import { quantities } from "../../src/wire.ts"

/** `step` of a short batch without one, s. */
const USUAL_STEP_S = 60

/** Letters of a quantity's name that a short batch has: `co2`, `eco`, `tvo`, `tem`, `hum`. */
const NAME_LENGTH = 3

const shortNames = quantities().map(({ name, decimals }) => ({
    name,
    short: name.slice(0, NAME_LENGTH),
    unit: 10 ** decimals,
}))

/**
 * The `Batch` that a body of `POST /r` stands for. Its form is in `src/wire.ts`. What does not have this form is
 * left as it is, for the schema of a batch to refuse.
 *
 * @param body any JSON value
 * @throws AirpinError BODY_MALFORMED if a difference is no whole number
 */
export function wholeBatch(body: unknown): unknown {
    if (typeof body !== "object" || body === null || Array.isArray(body)) return body
    const { age, step = USUAL_STEP_S, ...batch }: Record<string, unknown> = { ...body }
    let count = 0
    for (const { name, short, unit } of shortNames) {
        const column = batch[short]
        if (!Array.isArray(column)) continue
        Reflect.deleteProperty(batch, short)
        batch[name] = summedUp(column, unit, short)
        count = column.length
    }
    if (age === undefined) return { ...batch, step, age: Math.max(0, count - 1) * Number(step) }
    return age === null ? { ...batch, step } : { ...batch, step, age }
}

/** @param unit by which the first value is multiplied; the others are differences in its fractions */
function summedUp(column: unknown[], unit: number, name: string): unknown[] {
    let scaled: number | undefined
    return column.map(value => {
        if (typeof value !== "number") return value
        if (scaled !== undefined && !Number.isInteger(value))
            throw new AirpinError("BODY_MALFORMED", `body/${name} has a difference that is no whole number`)
        scaled = scaled === undefined ? Math.round(value * unit) : scaled + value
        return scaled / unit
    })
}
