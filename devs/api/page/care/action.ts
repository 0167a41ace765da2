/** Forms that change something: what came of it is said beside them. */
import { element } from "./element.ts"
import type { Words } from "./words.ts"

/** Where a form says what came of it; screen readers say it too. */
export function outcomeElement(): HTMLElement {
    return element("p", { role: "status", class: "outcome" })
}

/** Does it, and says "done" or why not. @returns whether it was done */
export async function act(
    { t }: Words,
    outcome: HTMLElement,
    done: string,
    work: () => Promise<unknown>,
): Promise<boolean> {
    outcome.textContent = ""
    outcome.classList.remove("wrong")
    try {
        await work()
        outcome.textContent = done
        return true
    } catch (error) {
        outcome.classList.add("wrong")
        outcome.textContent = t("care.failed", { message: error instanceof Error ? error.message : String(error) })
        return false
    }
}

/** Shows a token, this once. */
export function showToken({ t }: Words, place: HTMLElement, token: string): void {
    place.replaceChildren(element("p", {}, t("care.token.once")), element("code", {}, token))
    place.hidden = false
}
