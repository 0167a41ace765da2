/** Explains why the chip and OpenSSL (and so most other clients) differ on the same server. No I/O. */
import type { BundleEntry } from "./bundle/bundle.ts"
import { linkChain } from "./chain.ts"
import type { DeviceVerdict } from "./device.ts"
import { tailBehindRefusal } from "./tail/cross-signed-tail.ts"
import { type Certificate, isSignedBy } from "./x509/certificate.ts"
import { isSameNameText, readName } from "./x509/name.ts"

/** OpenSSL's verdict. */
export interface OpensslVerdict {
    accepted: boolean
    /** OpenSSL's error message; absent when accepted */
    error?: string
}

export interface Comparison {
    /** in the order sent */
    presented: Certificate[]
    /** what the bundle holds */
    entries: BundleEntry[]
    chip: DeviceVerdict
    openssl: OpensslVerdict
}

/** One sentence on the difference; undefined when the verdicts agree. */
export function explainDifference(comparison: Comparison): string | undefined {
    const { chip, openssl } = comparison
    if (chip.accepted === openssl.accepted) return undefined
    return chip.accepted ? chipIsLaxer(openssl.error ?? "") : chipIsStricter(comparison)
}

/** OpenSSL's error messages (x509_txt.c), and why the chip accepts nevertheless. */
const ACCEPTED_BY_CHIP: [error: RegExp, why: string][] = [
    [/expired|not yet valid/, "the chip has no clock and does not check dates"],
    [
        /issuer certificate|self[- ]signed/,
        "OpenSSL requires a root at the end of the path; the chip accepts any name with its key as an anchor",
    ],
    [/hostname|IP address/i, "the chip has its own rules for names: it also accepts common names, for example"],
    [
        /path length|CA certificate|purpose|key usage/,
        "the chip checks the purpose of the certificates it receives, but not of its anchors",
    ],
    [/key too small|too weak/, "the chip does not check the strength of its anchors"],
]

function chipIsLaxer(error: string): string {
    return ACCEPTED_BY_CHIP.find(([pattern]) => pattern.test(error))?.[1] ?? "the chip does not check this"
}

function chipIsStricter(comparison: Comparison): string {
    const path = linkChain(comparison.presented)
    return (
        (comparison.chip.found === false ? whyNotFound(path, comparison) : undefined) ??
        "the chip is stricter here than OpenSSL"
    )
}

function whyNotFound(path: Certificate[], { presented, entries }: Comparison): string | undefined {
    const top = path.at(-1)
    if (!top) return undefined
    return (
        whyOrder(top, presented) ??
        tailBehindRefusal(path, entries) ??
        whyHigher(path, entries) ??
        whyEncoding(top, entries)
    )
}

function whyOrder(top: Certificate, presented: Certificate[]): string | undefined {
    const at = presented.indexOf(top)
    const parent = presented.slice(0, at).find(earlier => earlier.subject === top.issuer && isSignedBy(top, earlier))
    if (!parent || top.subject === top.issuer) return undefined
    return `"${parent.subject}" is sent before "${top.subject}", which it issued: OpenSSL finds it in any position, the chip searches only the certificates after it`
}

function whyHigher(path: Certificate[], entries: BundleEntry[]): string | undefined {
    const stop = path.find(child =>
        entries.some(entry => entry.subjectDer.equals(child.issuerDer) && isSignedBy(child, entry)),
    )
    if (!stop) return undefined
    return `OpenSSL stops at "${stop.subject}", whose issuer is an anchor; the chip goes on to the topmost certificate sent`
}

function whyEncoding({ issuer }: Certificate, entries: BundleEntry[]): string | undefined {
    const match = entries.some(({ subjectDer }) => isSameNameText(readName(subjectDer), issuer))
    return match ? `OpenSSL treats two encodings of "${issuer}" as one name; the chip compares the bytes` : undefined
}
