/** Prints chains and anchors. */
import { type Anchor, keyText } from "../../certs/anchor.ts"
import { trustEndOf } from "../../certs/operators.ts"
import type { Certificate } from "../../certs/x509/certificate.ts"
import { bytesText, type Terminal } from "./terminal.ts"

/** Prints the chain as the server sends it, one certificate per line. */
export function showChain(terminal: Terminal, chain: Certificate[]): void {
    for (const [at, { subject, notAfter }] of chain.entries())
        terminal.line(at === 0 ? "sends" : "", `${at + 1}  ${subject}, until ${dateText(notAfter)}`)
}

/** Prints the anchors, each with the reason why it is pinned. */
export function showAnchors(terminal: Terminal, anchors: Anchor[], bundle: Buffer): void {
    for (const [at, { certificate, reason }] of anchors.entries()) {
        terminal.line(
            at === 0 ? "pinned" : "",
            `${certificate.subject}, ${keyText(certificate)}, ${endsText(certificate)}`,
        )
        terminal.line("", terminal.paint("dim", `SPKI SHA-256 ${certificate.spkiSha256}`))
        terminal.line("", terminal.paint("dim", reason))
    }
    terminal.line(
        "bundle",
        `${bytesText(bundle.length)}, ${anchorCountText(anchors.length)}: the chip accepts this server`,
    )
}

/** "1 anchor", "3 anchors". */
export const anchorCountText = (count: number) => (count === 1 ? "1 anchor" : `${count} anchors`)

function endsText(certificate: Certificate): string {
    const trustEnds = trustEndOf(certificate)
    return `until ${dateText(certificate.notAfter)}${trustEnds ? ` (trusted by others until about ${trustEnds})` : ""}`
}

const dateText = (date: Date) => date.toISOString().slice(0, 10)
