/** The options of faults: how each is written, its range, and its type. */

/** One option, such as `for=30m`. */
export interface FaultOption<Value> {
    /** The value of a text, or of a JSON5 number as text; undefined if it is not valid. */
    parse(text: string): Value | undefined
    /** Writes a value so that `parse` reads the same value again. */
    format(value: Value): string
    /** completes "must be …" */
    mustBe: string
    required?: true
}

/** Options by name. */
export type OptionTable = Readonly<Record<string, FaultOption<unknown>>>

type ValueOf<Option> = Option extends FaultOption<infer Value> ? Value : never

type RequiredNames<Options> = {
    [Name in keyof Options]: Options[Name] extends { required: true } ? Name : never
}[keyof Options]

/** The values of a table of options. */
export type OptionValues<Options> = { [Name in RequiredNames<Options>]: ValueOf<Options[Name]> } & {
    [Name in Exclude<keyof Options, RequiredNames<Options>>]?: ValueOf<Options[Name]>
}

export function required<Value>(option: FaultOption<Value>): FaultOption<Value> & { required: true } {
    return { ...option, required: true }
}

const UNIT_SECONDS = new Map([
    ["ms", 1e-3],
    ["s", 1],
    ["m", 60],
    ["h", 3600],
    ["d", 86_400],
])
const DURATION = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d)?$/

/** "90", "90s", "1.5h": seconds, to the millisecond; undefined for any other text. */
function seconds(text: string): number | undefined {
    const [, count, unit = "s"] = DURATION.exec(text) ?? []
    const unitS = UNIT_SECONDS.get(unit)
    if (count === undefined || unitS === undefined) return undefined
    return Math.round(Number(count) * unitS * 1000) / 1000
}

const LARGER_UNITS = { d: 86_400, h: 3600, m: 60 }

/** In the largest unit that gives a whole number; else in seconds. */
function durationText(durationS: number): string {
    const [unit, unitS] = Object.entries(LARGER_UNITS).find(([, size]) => durationS % size === 0) ?? ["s", 1]
    return `${durationS / unitS}${unit}`
}

/** A duration in seconds. */
export function duration({ mayBeZero }: { mayBeZero: boolean }): FaultOption<number> {
    return {
        parse: text => {
            const value = seconds(text)
            return value === 0 && !mayBeZero ? undefined : value
        },
        format: durationText,
        mustBe: `a duration ${mayBeZero ? "" : "above 0 "}like 90, 90s, 30m, 2h or 500ms`,
    }
}

/** An offset in seconds, positive or negative. */
export const offset: FaultOption<number> = {
    parse: text => {
        const value = seconds(text.replace(/^[+-]/, ""))
        return value === undefined || value === 0 ? undefined : text.startsWith("-") ? -value : value
    },
    format: durationText,
    mustBe: "an offset other than 0, forward like 2h or back like -10m",
}

export function integer(min: number, max: number): FaultOption<number> {
    return {
        parse: text => {
            const value = /^[+-]?\d{1,10}$/.test(text) ? Number(text) : NaN
            return value >= min && value <= max ? value : undefined
        },
        format: String,
        mustBe: `a whole number from ${min} to ${max}`,
    }
}

export function oneOf<const Words extends readonly string[]>(...words: Words): FaultOption<Words[number]> {
    return { parse: text => words.find(word => word === text), format: String, mustBe: words.join(" or ") }
}

/** A share of 1, such as a probability. */
export const share: FaultOption<number> = {
    parse: text => (/^(?:1|0?\.\d{1,9})$/.test(text) && Number(text) > 0 ? Number(text) : undefined),
    format: String,
    mustBe: "a number above 0 and at most 1, like 0.05",
}
