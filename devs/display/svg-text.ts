/** Text and colours of the SVG. */

/** Colours are custom properties, so that dark mode only replaces their values. */
export const STYLE = `
svg { --page: #ffffff; --card: #ffffff; --ink: #16202c; --muted: #5d6b7a; --line: #d3dae2; --soft: #f1f4f7; --good: #11805a; --good-soft: #e5f5ee; --bad: #c02f3a; --bad-soft: #fcebec; --warn: #a86200; --bar: #7e92a8 }
@media (prefers-color-scheme: dark) { svg { --page: #10151b; --card: #1a2129; --ink: #e8edf2; --muted: #98a6b5; --line: #36414d; --soft: #262f39; --good: #4cc795; --good-soft: #15302a; --bad: #ff7b82; --bad-soft: #381c21; --warn: #f0b04f; --bar: #6d8095 } }
text { font: 14px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: var(--ink) }
.page { fill: var(--page) }
.server { font-size: 26px; font-weight: 650 }
.heading { font-size: 13px; font-weight: 600; fill: var(--muted); letter-spacing: .03em }
.name { font-size: 16px; font-weight: 600 }
.small { font-size: 12.5px; fill: var(--muted) }
.note { font-size: 12px; font-weight: 600; fill: var(--muted); text-anchor: end }
.note.good { fill: var(--good) } .note.missing { fill: var(--bad) }
.end { text-anchor: end }
.over { font-size: 12.5px; font-weight: 600; fill: var(--bad) } .soon { font-size: 12.5px; font-weight: 600; fill: var(--warn) }
.card { fill: var(--card); stroke: var(--line); stroke-width: 1.25 }
.card.good { stroke: var(--good); stroke-width: 2; fill: var(--good-soft) }
.card.missing { stroke: var(--bad); stroke-width: 2; stroke-dasharray: 7 5; fill: var(--bad-soft) }
.card.backup { stroke-dasharray: 3 4; stroke: var(--muted) }
.card.idle { fill: var(--soft); stroke: none }
.badge { fill: var(--soft) } .badge-text { font-size: 13px; font-weight: 600; fill: var(--muted); text-anchor: middle }
.track { fill: var(--soft) } .card.idle ~ .track { fill: var(--line) } .span { fill: var(--bar) } .span.over { fill: var(--bad) } .today { stroke: var(--ink); stroke-width: 1.5 }
.link, .link-head { fill: none; stroke: var(--bar); stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round }
.lookup { fill: none; stroke-width: 2.5 } .lookup.good { stroke: var(--good) } .lookup.bad { stroke: var(--bad); stroke-dasharray: 7 5 }
.lookup-head.good { fill: var(--good) } .lookup-head.bad { fill: var(--bad) }
.lookup-text { font-size: 12.5px; font-weight: 600; fill: var(--muted); text-anchor: middle }
.pill.accepted { fill: var(--good-soft); stroke: var(--good) } .pill.refused { fill: var(--bad-soft); stroke: var(--bad) }
.pill-text { font-weight: 650; text-anchor: middle }
.reason { font-size: 14.5px }
`

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" }

/** Safe in an element and in an attribute; characters that XML does not allow become U+FFFD. */
export function escapeXml(content: string): string {
    const allowed = content.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    return allowed.replace(/[&<>"']/g, (character: string) => ENTITIES[character] ?? character)
}

/** One line of text. */
export function text(x: number, y: number, look: string, content: string): string {
    return `<text class="${look}" x="${x}" y="${y}">${escapeXml(content)}</text>`
}

/** At most `columns` characters; an ellipsis replaces the rest. */
export function shorten(content: string, columns: number): string {
    return content.length > columns ? `${content.slice(0, columns - 1)}…` : content
}

/** Lines of at most `columns` characters, broken at spaces; longer words are split. */
export function wrap(content: string, columns: number): string[] {
    const lines: string[] = [""]
    for (const word of content.split(" ").flatMap(long => long.match(new RegExp(`.{1,${columns}}`, "gsu")) ?? [])) {
        const line = `${lines.at(-1)} ${word}`.trimStart()
        if (line.length <= columns) lines[lines.length - 1] = line
        else lines.push(word)
    }
    return lines
}
