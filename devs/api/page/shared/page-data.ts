/** What the server embeds in a page. */
import type { Texts } from "./text.ts"

export interface PageData<State = unknown> {
    /** BCP 47, of texts, numbers and times: "de", "en-GB" */
    language: string
    texts: Texts
    /** way to the server's root: "" or "../" */
    root: string
    role: "none" | "anonymous" | "viewer" | "admin"
    /** the server's clock when the page was made, Unix seconds */
    now: number
    /** what the page shows first */
    state: State
}
