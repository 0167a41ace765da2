/** Makes the HTML of a page from its template, `page/AREA/AREA.mustache`. */
import { readFileSync } from "node:fs"
import mustache from "mustache"
import type { Reader } from "../access/reader.ts"
import type { PageData } from "../page/shared/page-data.ts"
import { type Translate, translator } from "../page/shared/text.ts"
import { type Language, languages, type Theme, themes } from "./language.ts"
import type { Area } from "./page-assets.ts"
import { textsOf } from "./texts.ts"

export interface Page {
    area: Area
    /** of the template in the area's folder, without ".mustache"; the area's name if absent */
    template?: string
    language: Language
    /** BCP 47, of numbers and times: "en-GB" */
    locale: string
    theme: Theme
    /** null: somebody who may read nothing, at the log-in page */
    reader: Reader | null
    /** Unix seconds */
    now: number
    /** how many folders the path has: 0 for "/wall", 1 for "/rooms/kitchen" */
    depth: number
    schoolName: string
    /** what the page shows first, for its script */
    state: unknown
    /** and for the template, in words */
    view(t: Translate, language: string): object
}

const templates = new Map<string, string>()

export function renderPage(page: Page): string {
    const { area, template = area, language, locale, theme, reader, now, depth, schoolName, state } = page
    const texts = textsOf(language, area)
    const t = translator(locale, texts)
    const root = "../".repeat(depth)
    const data: PageData = { language: locale, texts, root, role: reader?.role ?? "none", now, state }
    const view = {
        area,
        language,
        root,
        theme,
        schoolName: schoolName || "airpin",
        isReader: reader !== null,
        pages: pagesFor(reader).map(({ path, name, of }) => ({
            path,
            name: t(name),
            isCurrent: of === area || of === template,
        })),
        languages: Object.entries(languages).map(([code, name]) => ({ code, name, isCurrent: code === language })),
        themes: themes.map(code => ({ code, name: t(`shared.theme.${code}`), isCurrent: code === theme })),
        isLoggedIn: reader !== null && reader.role !== "anonymous",
        // "<" would end the script element
        data: JSON.stringify(data).replaceAll("<", "\\u003c"),
        t: () => (key: string) => mustache.escape(t(key)),
        ...page.view(t, locale),
    }
    return mustache.render(templateOf(`${area}/${template}`), view, templateOf)
}

/** @param name "wall/tile" */
function templateOf(name: string): string {
    const text = templates.get(name) ?? readFileSync(new URL(`../page/${name}.mustache`, import.meta.url), "utf8")
    templates.set(name, text)
    return text
}

/** What the header leads to. */
function pagesFor(reader: Reader | null): { path: string; name: string; of: string }[] {
    if (reader === null) return []
    const { role, device } = reader
    const rooms = { path: "./", name: "shared.wall", of: "wall" }
    if (device !== null) return [rooms]
    return [
        rooms,
        { path: "school", name: "shared.school", of: "school" },
        ...(role === "admin" ? [{ path: "care", name: "shared.care", of: "care" }] : []),
        ...(role === "admin" ? [{ path: "links", name: "shared.links", of: "links" }] : []),
    ]
}
