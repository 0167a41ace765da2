/** What the pages say, in the language of the reader. Used by the server and in the browser. */

/** A text with {placeholders}; or one for each plural form of its placeholder `count`. */
export type Text = string | Partial<Record<Intl.LDMLPluralRule, string>>

/** Texts by key, "wall.title". */
export type Texts = Record<string, Text>

/** @returns the text with its values; numbers are written as the language does. @throws Error if there is no text of this key */
export type Translate = (key: string, values?: Record<string, string | number>) => string

const PLACEHOLDER = /\{(\w+)\}/g

export function translator(language: string, texts: Texts): Translate {
    const plurals = new Intl.PluralRules(language)
    const numbers = new Intl.NumberFormat(language)
    return (key, values = {}) => {
        const text = texts[key]
        if (text === undefined) throw new Error(`there is no text ${key}`)
        const form = typeof text === "string" ? text : (text[plurals.select(Number(values.count))] ?? text.other ?? "")
        return form.replace(PLACEHOLDER, (whole, name: string) => {
            const value = values[name]
            return typeof value === "number" ? numbers.format(value) : (value ?? whole)
        })
    }
}
