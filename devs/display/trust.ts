/** Prints chains and anchors. */
import { type Anchor, keyText } from "../../certs/anchor.ts"
import { operatorRootOf } from "../../certs/operators.ts"
import type { Certificate } from "../../certs/x509/certificate.ts"
import type { PresentedServer } from "../pins/presented-server.ts"
import { bytesText, type Terminal } from "./terminal.ts"

/** Prints the chains that devices and other clients get, one certificate per line, and what was judged. */
export function showPresented(terminal: Terminal, { toDevices, toOthers, file }: PresentedServer): void {
    if (file !== undefined) showFileJudged(terminal, file)
    const addresses = toDevices.flatMap(one => one.addresses)
    if (addresses.length > 0) terminal.line("asked", `${addresses.join(", ")}, with the handshake of the chip`)
    for (const { chain, addresses } of toDevices) {
        showChain(terminal, chain)
        if (toDevices.length > 1) terminal.line("", terminal.paint("dim", `at ${addresses.join(", ")}`))
    }
    if (toOthers) showChain(terminal, toOthers, "to others")
}

/** Says that certificates of a file were judged, and nothing else of a server. */
export function showFileJudged(terminal: Terminal, file: string): void {
    terminal.line("judged", `the certificates of ${file} alone: no server was asked whether its TLS suits the chip`)
}

/** Prints a chain in the order sent, one certificate per line. */
export function showChain(terminal: Terminal, chain: Certificate[], label = "sends"): void {
    for (const [at, { subject, notAfter }] of chain.entries())
        terminal.line(at === 0 ? label : "", `${at + 1}  ${subject}, until ${dateText(notAfter)}`)
}

/**
 * Prints the anchors, each with the reason why it is pinned.
 *
 * @param accepted what the chip accepts with them
 */
export function showAnchors(terminal: Terminal, anchors: Anchor[], bundle: Buffer, accepted = "this server"): void {
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
        `${bytesText(bundle.length)}, ${anchorCountText(anchors.length)}: the chip accepts ${accepted}`,
    )
}

/** "1 anchor", "3 anchors". */
export const anchorCountText = (count: number) => (count === 1 ? "1 anchor" : `${count} anchors`)

function endsText(certificate: Certificate): string {
    const { trustEnds, dropped } = operatorRootOf(certificate) ?? {}
    const others = trustEnds ? ` (trusted by others until about ${trustEnds})` : ""
    return `until ${dateText(certificate.notAfter)}${dropped ? ` (dropped by others about ${dropped})` : others}`
}

const dateText = (date: Date) => date.toISOString().slice(0, 10)
