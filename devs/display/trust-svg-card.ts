/** Draws one certificate or anchor as a card. */
import { escapeXml, shorten, text } from "./svg-text.ts"

/** good: the anchor that verified; missing: not in the bundle, or with a different key; idle: not in the path */
export type CardStyle = "plain" | "good" | "missing" | "backup" | "idle"

export interface Card {
    name: string
    /** tooltip */
    title?: string
    /** below the name, at most two */
    lines: string[]
    /** in the upper right corner */
    note?: string
    /** position in the Certificate message, from 1 */
    badge?: string
    look?: CardStyle
    /** absent when no certificate is known */
    validity?: { notBefore: Date; notAfter: Date; now: Date; endsSoon: boolean }
}

/** pixels */
export const CARD_WIDTH = 392
export const CARD_HEIGHT = 88
const PADDING = 18
const BADGE = 26
const BAR_WIDTH = 128
const BAR_HEIGHT = 5
/** characters that fit beside the note, and in a line */
const NAME_COLUMNS = 20
const LINE_COLUMNS = 40

/** The card as an SVG group, with its upper left corner at (x, y). */
export function drawCard(x: number, y: number, card: Card): string {
    const { name, title, lines, note = "", badge, look = "plain", validity } = card
    const textX = PADDING + (badge ? BADGE + 12 : 0)
    return [
        `<g transform="translate(${x} ${y})">`,
        title ? `<title>${escapeXml(title)}</title>` : "",
        `<rect class="card ${look}" width="${CARD_WIDTH}" height="${CARD_HEIGHT}" rx="10"/>`,
        badge ? drawBadge(badge) : "",
        text(textX, 30, "name", shorten(name, NAME_COLUMNS)),
        `<text class="note ${look}" x="${CARD_WIDTH - PADDING}" y="29">${escapeXml(note)}</text>`,
        ...lines.map((line, at) => text(textX, 51 + at * 20, "small", shorten(line, LINE_COLUMNS))),
        validity ? drawValidity(validity) : "",
        "</g>",
    ].join("")
}

function drawBadge(badge: string): string {
    const [x, y] = [PADDING + BADGE / 2, CARD_HEIGHT / 2]
    return `<circle class="badge" cx="${x}" cy="${y}" r="${BADGE / 2}"/><text class="badge-text" x="${x}" y="${y + 5}">${escapeXml(badge)}</text>`
}

/** The end date above a bar from first to last day, with a stroke for today. */
function drawValidity({ notBefore, notAfter, now, endsSoon }: NonNullable<Card["validity"]>): string {
    const x = CARD_WIDTH - PADDING - BAR_WIDTH
    const isOver = now > notAfter
    const share = (now.getTime() - notBefore.getTime()) / (notAfter.getTime() - notBefore.getTime() || 1)
    const at = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH)
    const bar = (look: string, from: number, width: number) =>
        `<rect class="${look}" x="${x + from}" y="66" width="${width}" height="${BAR_HEIGHT}" rx="2.5"/>`
    return [
        text(
            x + BAR_WIDTH,
            56,
            `${isOver ? "over" : endsSoon ? "soon" : "small"} end`,
            `${isOver ? "expired" : "until"} ${notAfter.toISOString().slice(0, 10)}`,
        ),
        bar("track", 0, BAR_WIDTH),
        bar(isOver ? "span over" : "span", 0, at),
        `<path class="today" d="M${x + at} 62.5V${66 + BAR_HEIGHT + 3.5}"/>`,
    ].join("")
}
