/** The language and the theme of a page, as the reader chose them, or as the browser and the school ask. */
import type { FastifyRequest } from "fastify"
import { localeFor } from "../page/shared/format.ts"

export const languages = {
    en: "English",
    de: "Deutsch",
    fr: "Français",
    es: "Español",
    it: "Italiano",
    nl: "Nederlands",
}
export type Language = keyof typeof languages

export const themes = ["auto", "light", "dark", "contrast"] as const
export type Theme = (typeof themes)[number]

const isLanguage = (code: string): code is Language => code in languages

/** The first that is there: the reader's choice, what the browser prefers (RFC 9110, 12.5.4), the school's, English. */
export function languageOf({ server, headers }: FastifyRequest, ofSchool?: string | null): Language {
    const { language: chosen = "" } = server.parseCookie(headers.cookie ?? "")
    const wanted = [chosen, ...preferred(headers["accept-language"] ?? ""), ofSchool ?? ""]
    return wanted.map(code => code.slice(0, 2).toLowerCase()).find(isLanguage) ?? "en"
}

/** Of times and numbers: English as the browser's own, if that is one, else as in Britain. */
export function localeOf({ headers }: FastifyRequest, language: Language): string {
    const [first = ""] = preferred(headers["accept-language"] ?? "")
    return language === "en" && /^en-[a-z]{2}$/i.test(first) ? first : localeFor(language)
}

export function themeOf({ server, headers }: FastifyRequest): Theme {
    const { theme: chosen } = server.parseCookie(headers.cookie ?? "")
    return themes.find(theme => theme === chosen) ?? "auto"
}

/** Language tags of the header, the best first. */
function preferred(header: string): string[] {
    const weighted = header.split(",").map(part => {
        const [tag = "", ...parameters] = part.trim().split(/\s*;\s*/)
        const quality = parameters.find(parameter => parameter.startsWith("q="))
        return { tag, q: quality ? Number(quality.slice(2)) : 1 }
    })
    return weighted
        .filter(({ q }) => q > 0)
        .sort((one, other) => other.q - one.q)
        .map(({ tag }) => tag)
}
