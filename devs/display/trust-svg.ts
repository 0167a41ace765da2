/**
 * Draws the trust in one server: the certificates it sends, in the path that the
 * chip builds, beside the anchors in the device's bundle. A standalone SVG for
 * light and dark mode. No I/O.
 */
import { type AnchorRole, keyText } from "../../certs/anchor.ts"
import type { BundleEntry } from "../../certs/bundle/bundle.ts"
import { linkChain } from "../../certs/chain.ts"
import { endsSoon } from "../../certs/check.ts"
import type { DeviceVerdict } from "../../certs/device.ts"
import { trustEndOf } from "../../certs/operators.ts"
import type { Certificate } from "../../certs/x509/certificate.ts"
import { readName, shortName } from "../../certs/x509/name.ts"
import { escapeXml, STYLE, shorten, text, wrap } from "./svg-text.ts"
import { CARD_HEIGHT, CARD_WIDTH, type Card, drawCard } from "./trust-svg-card.ts"

/** An anchor of the bundle; its dates are known only with a certificate. */
export interface DrawnAnchor extends BundleEntry {
    certificate?: Certificate
    role?: AnchorRole
}

export interface TrustPicture {
    serverName: string
    /** in the order sent */
    presented: Certificate[]
    anchors: DrawnAnchor[]
    /** the chip's verdict on these certificates and anchors */
    verdict: DeviceVerdict
    now: Date
}

/** pixels; the picture scales as a whole */
const WIDTH = 960
const MARGIN = 32
const HEADER_HEIGHT = 132
const LINK_GAP = 34
const ANCHOR_GAP = 14
const GROUP_GAP = 58
const RIGHT_X = WIDTH - MARGIN - CARD_WIDTH
const LINE_HEIGHT = 22
/** more than any pinned set has; a bundle of all public roots has 150 */
const MAX_ANCHORS = 12
/** characters per line of the reason */
const REASON_COLUMNS = 112

interface Column {
    svg: string
    height: number
}

/** The picture as an SVG document. Text from certificates is escaped. */
export function drawTrust(picture: TrustPicture): string {
    const chain = drawChain(picture)
    const anchors = drawAnchors(picture)
    const bodyHeight = Math.max(chain.height, anchors.height)
    const reason = drawReason(picture.verdict, HEADER_HEIGHT + bodyHeight + LINE_HEIGHT * 2)
    const height = HEADER_HEIGHT + bodyHeight + LINE_HEIGHT + reason.height + MARGIN
    const label = `${picture.serverName}: the chip ${picture.verdict.accepted ? "accepts" : "refuses"} this server`
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>${escapeXml(label)}</title>
<style>${STYLE}</style>
<rect class="page" width="${WIDTH}" height="${height}"/>
${drawHeader(picture)}
<g transform="translate(0 ${HEADER_HEIGHT})">
${chain.svg}
${drawLookup(picture)}
${anchors.svg}
</g>
${reason.svg}
</svg>
`
}

function drawHeader({ serverName, verdict }: TrustPicture): string {
    const word = verdict.accepted ? "accepted" : "refused"
    const pillWidth = 112
    const pillX = WIDTH - MARGIN - pillWidth
    return [
        text(MARGIN, 58, "server", shorten(serverName, 60)),
        `<rect class="pill ${word}" x="${pillX}" y="34" width="${pillWidth}" height="32" rx="16"/>`,
        `<text class="pill-text" x="${pillX + pillWidth / 2}" y="55">${word}</text>`,
        text(MARGIN, 112, "heading", "The server sends"),
        text(RIGHT_X, 112, "heading", "The device holds"),
    ].join("\n")
}

/** The path, top first and leaf last; below it, the other certificates sent. */
function drawChain({ presented, verdict, now }: TrustPicture): Column {
    const path = linkChain(presented).toReversed()
    const others = presented.filter(certificate => !path.includes(certificate))
    const card = (certificate: Certificate, note: string): Card => ({
        ...cardOf(certificate, now),
        badge: `${presented.indexOf(certificate) + 1}`,
        note,
    })
    const noteOf = (certificate: Certificate, at: number) =>
        at === 0 && certificate.subject === verdict.top ? "top of the path" : ""
    const linked = path.map((certificate, at) =>
        drawCard(MARGIN, pathY(at), card(certificate, noteOf(certificate, at))),
    )
    const links = path.slice(1).map((_, at) => drawLink(pathY(at) + CARD_HEIGHT))
    const pathHeight = Math.max(0, path.length * (CARD_HEIGHT + LINK_GAP) - LINK_GAP)
    const aside = drawAside(
        others.map(certificate => card(certificate, "")),
        pathHeight,
    )
    return { svg: [...links, ...linked, aside.svg].join("\n"), height: pathHeight + aside.height }
}

const pathY = (at: number) => at * (CARD_HEIGHT + LINK_GAP)

function drawLink(y: number): string {
    const x = MARGIN + 40
    return `<path class="link" d="M${x} ${y + LINK_GAP - 3}V${y + 5}"/>${arrowUp(x, y + 3)}${text(x + 14, y + 22, "small", "issued by")}`
}

const arrowUp = (x: number, y: number) => `<path class="link-head" d="M${x - 5} ${y + 7}L${x} ${y}L${x + 5} ${y + 7}"/>`

function drawAside(cards: Card[], y: number): Column {
    if (cards.length === 0) return { svg: "", height: 0 }
    const heading = text(MARGIN, y + 38, "small", "also sent, but not in the chip's path")
    const drawn = cards.map((card, at) =>
        drawCard(MARGIN, y + GROUP_GAP + at * (CARD_HEIGHT + ANCHOR_GAP), { ...card, look: "idle" }),
    )
    return {
        svg: [heading, ...drawn].join("\n"),
        height: GROUP_GAP + cards.length * (CARD_HEIGHT + ANCHOR_GAP) - ANCHOR_GAP,
    }
}

/** The name looked up comes first, whether in the bundle or not; then the other anchors, backups last. */
function drawAnchors({ anchors, verdict, now }: TrustPicture): Column {
    const cards = sortAnchors(anchors, verdict).map(anchor => anchorCard(anchor, verdict, now))
    const missing: Card[] =
        verdict.found === false
            ? [{ name: shortName(verdict.lookedUp ?? ""), lines: [], note: "not in the bundle", look: "missing" }]
            : []
    const shown = [...missing, ...cards].slice(0, MAX_ANCHORS)
    const drawn = shown.map((card, at) => drawCard(RIGHT_X, at * (CARD_HEIGHT + ANCHOR_GAP), card))
    const height = drawn.length * (CARD_HEIGHT + ANCHOR_GAP)
    const left = missing.length + cards.length - shown.length
    const rest = left > 0 ? text(RIGHT_X, height + 10, "small", `and ${left} more`) : ""
    return { svg: [...drawn, rest].join("\n"), height: height + (left > 0 ? ANCHOR_GAP : -ANCHOR_GAP) }
}

function sortAnchors(anchors: DrawnAnchor[], verdict: DeviceVerdict): DrawnAnchor[] {
    const rank = (anchor: DrawnAnchor) => (isLookedUp(anchor, verdict) ? 0 : anchor.role === "backup" ? 2 : 1)
    return [...anchors].sort((one, other) => rank(one) - rank(other))
}

function isLookedUp({ subjectDer }: DrawnAnchor, { found, lookedUp }: DeviceVerdict): boolean {
    return found === true && readName(subjectDer) === lookedUp
}

function anchorCard(anchor: DrawnAnchor, verdict: DeviceVerdict, now: Date): Card {
    const { certificate, role, subjectDer } = anchor
    const subject = readName(subjectDer)
    const shown = certificate
        ? cardOf(certificate, now)
        : { name: shortName(subject), lines: [keyText(anchor)], title: subject }
    if (isLookedUp(anchor, verdict)) return { ...shown, ...lookupOutcome(verdict) }
    return { ...shown, note: role === "backup" ? "backup" : "spare", look: role === "backup" ? "backup" : "plain" }
}

function lookupOutcome({ signatureValid, lookedUpFor, top }: DeviceVerdict): Pick<Card, "note" | "look"> {
    if (!signatureValid) return { note: "different key", look: "missing" }
    return { note: lookedUpFor === top ? "signed the top" : "signed it", look: "good" }
}

function cardOf(certificate: Certificate, now: Date): Card {
    const { subject, notBefore, notAfter } = certificate
    const trustEnds = trustEndOf(certificate)
    return {
        name: shortName(subject),
        title: subject,
        lines: [keyText(certificate), ...(trustEnds ? [`trust ends about ${trustEnds}`] : [])],
        validity: { notBefore, notAfter, now, endsSoon: endsSoon(certificate, now) },
    }
}

/** The arrow from the certificate whose issuer is looked up to the first card on the right. */
function drawLookup({ presented, verdict }: TrustPicture): string {
    const path = linkChain(presented).toReversed()
    const at = path.findIndex(({ subject }) => subject === verdict.lookedUpFor)
    if (at === -1) return ""
    const [fromX, toX, fromY, toY] = [MARGIN + CARD_WIDTH, RIGHT_X, pathY(at) + CARD_HEIGHT / 2, CARD_HEIGHT / 2]
    const middle = (fromX + toX) / 2
    const look = verdict.signatureValid ? "good" : "bad"
    const curve = `<path class="lookup ${look}" d="M${fromX} ${fromY}C${middle} ${fromY} ${middle} ${toY} ${toX - 9} ${toY}"/>`
    const head = `<path class="lookup-head ${look}" d="M${toX - 11} ${toY - 6}L${toX - 2} ${toY}L${toX - 11} ${toY + 6}Z"/>`
    return `${curve}${head}<text class="lookup-text" x="${middle}" y="${Math.min(fromY, toY) - 10}">looks up</text>`
}

/** The verdict's sentence without "accepted" or "refused", which the header shows. */
function drawReason({ reason }: DeviceVerdict, y: number): Column {
    const sentence = reason.replace(/^(accepted|refused): /, "")
    const lines = wrap(sentence.charAt(0).toUpperCase() + sentence.slice(1), REASON_COLUMNS)
    return {
        svg: lines.map((line, at) => text(MARGIN, y + at * LINE_HEIGHT, "reason", line)).join("\n"),
        height: lines.length * LINE_HEIGHT,
    }
}
