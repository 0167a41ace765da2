import type { PageData } from "./page-data.ts"
import { type Translate, translator } from "./text.ts"

/** What the server embedded in this page. */
export function readPageData<State>(): PageData<State> & { t: Translate } {
    const data: PageData<State> = JSON.parse(document.querySelector("#page-data")?.textContent ?? "")
    return { ...data, t: translator(data.language, data.texts) }
}
