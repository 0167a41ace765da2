/** Prints the chip's verdict on a chain, and OpenSSL's beside it. */
import { linkChain } from "../../certs/chain.ts"
import type { ChainFault } from "../../certs/chain-faults.ts"
import type { DeviceVerdict } from "../../certs/device.ts"
import type { OpensslVerdict } from "../../certs/openssl-comparison.ts"
import type { Certificate } from "../../certs/x509/certificate.ts"
import type { Terminal } from "./terminal.ts"
import { anchorCountText } from "./trust.ts"

/** Prints the chain sent, the path that the chip builds, the name it looks up, and its verdict. */
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
    terminal.line("path", verdict.path.join("  ←  ") || "none")
    if (verdict.top) terminal.line("top", verdict.top)
    if (verdict.lookedUp) terminal.line("looked up", `${verdict.lookedUp}${foundText(verdict, entryCount)}`)
    if (verdict.signatureValid !== undefined) terminal.line("signature", signatureText(verdict))
    terminal.line("verdict", terminal.paint(verdict.accepted ? "green" : "red", verdict.reason))
}

/** Prints what is wrong with the chain, below the verdict. */
export function showFaults(terminal: Terminal, faults: ChainFault[]): void {
    for (const { text } of faults) terminal.line("", terminal.paint("yellow", text))
}

function foundText({ found, lookedUpFor, top }: DeviceVerdict, entryCount: number): string {
    if (found === undefined) return ": not looked up, because the verification failed before"
    const whose = lookedUpFor === top ? "" : `, the issuer of ${lookedUpFor}`
    return `${whose}: ${found ? "found" : "not found"} in the bundle of ${anchorCountText(entryCount)}`
}

function signatureText({ signatureValid, lookedUpFor, lookedUp }: DeviceVerdict): string {
    return `on ${lookedUpFor}: ${signatureValid ? "made" : "not made"} by the key that the bundle has for ${lookedUp}`
}

export interface OpensslOpinion {
    /** undefined when openssl cannot be run */
    openssl: OpensslVerdict | undefined
    difference: string | undefined
    /** number of anchors without a known certificate, which OpenSSL therefore did not have */
    unknown: number
}

/** Prints OpenSSL's verdict, with the reason when it differs from the chip's. */
export function showOpensslVerdict(terminal: Terminal, { openssl, difference, unknown }: OpensslOpinion): void {
    const without = unknown === 0 ? "" : ` (without ${anchorCountText(unknown)} known by name and key only)`
    terminal.line(
        "openssl",
        openssl ? `would say ${opensslText(openssl)}${without}` : "cannot be run, so there is no second opinion",
    )
    if (difference) terminal.line("", terminal.paint("yellow", `differs: ${difference}`))
}

function opensslText({ accepted, error }: OpensslVerdict): string {
    return accepted ? "OK" : `"${error}"`
}
