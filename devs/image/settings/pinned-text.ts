/** What a device with a screen shows of its pins. */
import type { Certificate } from "../../../certs/x509/certificate.ts"
import { shortName } from "../../../certs/x509/name.ts"
import { hasScreen } from "../board-program.ts"
import type { Board } from "../boards.ts"
import type { EnvSettings } from "../store-entries.ts"

/** MAX_TEXT_LENGTH of src/config.ts */
const MAX_BYTES = 220
const SHORTENED = "…"

/**
 * Name and month of the end of each anchor, "ISRG Root X1 2035-06,ISRG Root X2 2040-09", at most 220 bytes of UTF-8. The
 * names are shortened as far as it needs; anchors beyond that are left out, and a last "…" says so.
 */
export function pinnedText(anchors: Pick<Certificate, "subject" | "notAfter">[]): string {
    const named = anchors.map(({ subject, notAfter }) => ({
        // a comma or a quote would end the text or be escaped in the store
        name: [...shortName(subject).replaceAll(/[,"\\\p{C}]/gu, " ")],
        end: notAfter.toISOString().slice(0, 7),
    }))
    for (let length = Math.max(...named.map(({ name }) => name.length)); length > 0; length--) {
        const text = named.map(({ name, end }) => `${shortened(name, length)} ${end}`).join(",")
        if (Buffer.byteLength(text) <= MAX_BYTES) return text
    }
    return `${pinnedText(anchors.slice(0, MOST_ANCHORS))},${SHORTENED}`
}

/** So many fit with a few letters of each name. */
const MOST_ANCHORS = 15

function shortened(name: string[], length: number): string {
    return name.length <= length ? name.join("") : `${name.slice(0, length - 1).join("")}${SHORTENED}`
}

/** The setting with this text; none for a board without a screen. */
export function shownPins(board: Board, anchors: Certificate[]): EnvSettings {
    return hasScreen(board) ? { PINNED: pinnedText(anchors) } : {}
}
