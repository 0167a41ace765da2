/** Says so if the server cannot store readings now: its clock is in doubt, its disk is full, its database away. */

const REFRESH_MS = 30_000

/** @param {HTMLElement} element that the text is shown in; hidden while all is well */
export function watchReady(element) {
    const look = async () => {
        const text = await problemText().catch(() => undefined) // the page says itself that the server is away
        if (text !== undefined && element.textContent !== text) element.textContent = text
        if (text !== undefined) element.hidden = text === ""
    }
    void look()
    setInterval(look, REFRESH_MS)
}

/** "" if a batch could be stored now. */
async function problemText() {
    const response = await fetch("ready")
    if (response.ok) return ""
    const { title, message } = await response.json()
    return title ?? message
}
