/** Language and theme, as the reader chooses them; kept in cookies, so that the server makes the page in them. */

const YEAR_S = 365 * 86_400
/** Has the choice that the page was loaded anew for: it gets the focus back, as arrow keys choose one after the other. */
const CHOSEN = "airpin-chosen"

/** Makes the header's choices work; they are hidden without JavaScript. */
export function startHeader(root: string): void {
    for (const name of ["language", "theme"]) {
        const choice = document.querySelector<HTMLSelectElement>(`#${name}`)
        if (!choice) continue
        choice.closest("label")?.removeAttribute("hidden")
        choice.addEventListener("change", () => {
            const path = new URL(root || ".", document.baseURI).pathname
            // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Firefox and Safari
            document.cookie = `${name}=${choice.value}; path=${path}; max-age=${YEAR_S}; samesite=lax`
            if (name === "theme") document.documentElement.dataset.theme = choice.value
            else {
                sessionStorage.setItem(CHOSEN, name)
                location.reload()
            }
        })
        if (sessionStorage.getItem(CHOSEN) !== name) continue
        sessionStorage.removeItem(CHOSEN)
        choice.focus()
    }
}
