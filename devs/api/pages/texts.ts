/** Texts of the pages: `page/texts/LANGUAGE/AREA.json`. */
import { readFileSync } from "node:fs"
import type { Texts } from "../page/shared/text.ts"
import type { Language } from "./language.ts"
import type { Area } from "./page-assets.ts"

const cache = new Map<string, Texts>()

/** Areas whose words another one uses: a room is shown as on the wall. */
const borrowed: Partial<Record<Area, Area>> = { room: "wall" }

/** What a page of this area says, with what all pages say. */
export function textsOf(language: Language, area: Area): Texts {
    const other = borrowed[area]
    return { ...textsIn(language, "shared"), ...(other && textsIn(language, other)), ...textsIn(language, area) }
}

function textsIn(language: Language, of: Area | "shared"): Texts {
    const key = `${language}/${of}`
    const file = new URL(`../page/texts/${key}.json`, import.meta.url)
    const texts = cache.get(key) ?? JSON.parse(readFileSync(file, "utf8"))
    cache.set(key, texts)
    return texts
}
