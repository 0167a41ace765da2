/** Tells admins what is wrong with the certificate that `airpin renew` looks after. */
import { askEdge } from "./api.js"

const REFRESH_MS = 60_000

/** @param {HTMLElement} element that the text is shown in; hidden while nobody has to act */
export function watchEdge(element) {
    const look = async () => {
        const { edge } = await askEdge().catch(() => ({ edge: undefined })) // the page says itself that the server is away
        if (edge === undefined) return
        const text = edge?.needsAction ? `${edge.notice}.` : ""
        if (element.textContent !== text) element.textContent = text
        element.hidden = text === ""
    }
    void look()
    setInterval(look, REFRESH_MS)
}
