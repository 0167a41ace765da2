/** How the page writes times and lists: in the reader's language and the school's time zone. */
import { dayTimeText, localeFor } from "../shared/format.ts"
import type { Translate } from "../shared/text.ts"

export interface Words {
    t: Translate
    /** "28 Nov, 12:03" */
    time(unixS: number): string
    /** "28 November 2026" */
    date(unixS: number): string
    /** how far away it is: "in 19 days", "3 hours ago", "now" within a minute */
    relative(unixS: number, now: number): string
    /** "103, 107 and gym"; of many, the first ones and how many more */
    list(names: string[]): string
    /** the same in parts: what stands between names, and names with their place in `names` */
    listParts(names: string[], max: number): { text: string; at?: number }[]
}

const units = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
] as const

/** Names that a list has. */
const MAX_NAMED = 4

/** @param timeZone IANA name; that of the browser if empty */
export function wordsOf(t: Translate, language: string, timeZone: string): Words {
    const zone = timeZone ? { timeZone } : {}
    const locale = localeFor(language)
    const dates = new Intl.DateTimeFormat(locale, { dateStyle: "long", ...zone })
    const lists = new Intl.ListFormat(locale)
    const distances = new Intl.RelativeTimeFormat(language)
    const moments = new Intl.RelativeTimeFormat(language, { numeric: "auto" })
    const first = (names: string[], max: number) =>
        names.length <= max ? names : [...names.slice(0, max - 1), t("care.more", { count: names.length - max + 1 })]
    return {
        t,
        time: unixS => dayTimeText(unixS, { language, timeZone }),
        date: unixS => dates.format(unixS * 1000),
        relative: (unixS, now) => {
            const seconds = Math.abs(unixS - now)
            const [unit, length] = units.find(([, length]) => seconds >= length) ?? [undefined, 1]
            if (unit === undefined) return moments.format(0, "second")
            const count = Math.floor(seconds / length)
            return distances.format(unixS < now ? -count : count, unit)
        },
        list: names => lists.format(first(names, MAX_NAMED)),
        listParts: (names, max) => {
            const shown = first(names, max)
            const isNamed = (at: number) => at < (shown.length < names.length ? max - 1 : max)
            let count = 0
            return lists.formatToParts(shown).map(({ type, value: text }) => {
                const at = type === "element" ? count++ : undefined
                return at !== undefined && isNamed(at) ? { text, at } : { text }
            })
        },
    }
}
