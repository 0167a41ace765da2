/** The chip's way through a chain, and OpenSSL's answer beside it. */
import { linkChain } from "../../certs/chain.ts"
import type { DeviceVerdict } from "../../certs/device.ts"
import type { OpensslVerdict } from "../../certs/openssl-comparison.ts"
import type { Certificate } from "../../certs/x509/certificate.ts"
import type { Terminal } from "./terminal.ts"
import { anchorCountText } from "./trust.ts"

/** What is sent, the path the chip makes of it, the one name it looks up, and its verdict. */
export function showVerdict(
    terminal: Terminal,
    presented: Certificate[],
    verdict: DeviceVerdict,
    entryCount: number,
): void {
    const path = linkChain(presented)
    for (const [at, certificate] of presented.entries())
        terminal.line(
            at === 0 ? "presented" : "",
            `${at + 1}  ${certificate.subject}${path.includes(certificate) ? "" : terminal.paint("dim", "  (not in the chip's path)")}`,
        )
    terminal.line("walked", verdict.path.join("  ←  ") || "nothing")
    if (verdict.top) terminal.line("top", verdict.top)
    if (verdict.lookedUp) terminal.line("looked up", `${verdict.lookedUp}${foundText(verdict, entryCount)}`)
    if (verdict.signatureValid !== undefined) terminal.line("signature", signatureText(verdict))
    terminal.line("verdict", terminal.paint(verdict.accepted ? "green" : "red", verdict.reason))
}

function foundText({ found, lookedUpFor, top }: DeviceVerdict, entryCount: number): string {
    if (found === undefined) return ": not at all, something else was wrong before"
    const whose = lookedUpFor === top ? "" : `, the issuer of ${lookedUpFor}`
    return `${whose}: ${found ? "found" : "not"} in the bundle of ${anchorCountText(entryCount)}`
}

function signatureText({ signatureValid, lookedUpFor, lookedUp }: DeviceVerdict): string {
    return `on ${lookedUpFor}: ${signatureValid ? "made" : "not made"} by the key the bundle has for ${lookedUp}`
}

export interface OpensslOpinion {
    /** undefined where openssl cannot be run */
    openssl: OpensslVerdict | undefined
    difference: string | undefined
    /** anchors of which no certificate is known, so that OpenSSL could not be given them */
    unknown: number
}

/** One line, with the reason where the answers differ. */
export function showOpensslVerdict(terminal: Terminal, { openssl, difference, unknown }: OpensslOpinion): void {
    const without = unknown === 0 ? "" : ` (without ${anchorCountText(unknown)} known by name and key only)`
    terminal.line(
        "openssl",
        openssl ? `would say ${answerText(openssl)}${without}` : "is not installed, so there is no second opinion",
    )
    if (difference) terminal.line("", terminal.paint("yellow", `differs: ${difference}`))
}

function answerText({ accepted, error }: OpensslVerdict): string {
    return accepted ? "OK" : `"${error}"`
}
