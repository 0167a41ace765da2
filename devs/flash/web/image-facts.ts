/** What the page says of an image that the image itself does not say: the account of it that `airpin image` writes beside it. */
import { AirpinError } from "../../../certs/error.ts"

export interface ImageFacts {
    /** the image that this is about, hexadecimal */
    sha256: string
    /** the board's name for people */
    board?: string
    /** version of the firmware */
    firmware?: string
    /** where the device sends its readings */
    apiUrl?: string
    /** ISO 8601 */
    builtAt?: string
    anchors?: AnchorFacts[]
}

interface AnchorFacts {
    subject: string
    /** ISO 8601 */
    notAfter: string
}

/**
 * Takes what is shown, and nothing else, for the page may be seen by others.
 *
 * @param fileName for the error
 * @param sha256 of the image at hand
 * @throws AirpinError IMAGE_FACTS_INVALID, IMAGE_FACTS_STALE when they are about another image
 */
export function parseFacts(text: string, fileName: string, sha256: string): ImageFacts {
    const facts = pickFacts(parseJson(text))
    if (!facts) throw new AirpinError("IMAGE_FACTS_INVALID", `${fileName} is no account of an image`, `remove it, or ${ANEW}`)
    if (facts.sha256 === sha256) return facts
    const message = `${fileName} is about an image with SHA-256 ${facts.sha256}, this one has ${sha256}`
    throw new AirpinError("IMAGE_FACTS_STALE", message, `remove it, or ${ANEW}`)
}

const ANEW = "make both anew: airpin image --board ID"

function parseJson(text: string): Record<string, unknown> {
    try {
        return Object(JSON.parse(text)) as Record<string, unknown>
    } catch {
        return {}
    }
}

function pickFacts({ sha256, board, firmware, apiUrl, builtAt, anchors = [] }: Record<string, unknown>): ImageFacts | undefined {
    if (typeof sha256 !== "string" || !Array.isArray(anchors)) return undefined
    if (builtAt !== undefined && !isDate(builtAt)) return undefined
    const texts = Object.entries({ board, firmware, apiUrl, builtAt }).filter(([, value]) => value !== undefined)
    const picked = anchors.map(pickAnchor)
    if (!texts.every(([, value]) => typeof value === "string") || !picked.every(isPresent)) return undefined
    return { sha256, ...Object.fromEntries(texts), anchors: picked }
}

function pickAnchor(value: unknown): AnchorFacts | undefined {
    const { subject, notAfter } = Object(value) as Record<string, unknown>
    return typeof subject === "string" && isDate(notAfter) ? { subject, notAfter } : undefined
}

const isDate = (value: unknown): value is string => typeof value === "string" && !Number.isNaN(Date.parse(value))
const isPresent = <T>(value: T | undefined): value is T => value !== undefined
