/** Why the chip and OpenSSL (and with it most other clients) may answer differently to the same server. No I/O. */
import type { BundleEntry } from "./bundle/bundle.ts"
import { linkChain } from "./chain.ts"
import type { DeviceVerdict } from "./device.ts"
import { type Certificate, isSignedBy } from "./x509/certificate.ts"
import { isSameNameText, readName } from "./x509/name.ts"

/** OpenSSL's answer. */
export interface OpensslVerdict {
    accepted: boolean
    /** in its own words; absent when accepted */
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

/** One sentence on the difference; undefined where both give the same answer. */
export function explainDifference(comparison: Comparison): string | undefined {
    const { chip, openssl } = comparison
    if (chip.accepted === openssl.accepted) return undefined
    return chip.accepted ? chipIsLaxer(openssl.error ?? "") : chipIsStricter(comparison)
}

/** OpenSSL's words (x509_txt.c), and what the chip does there. */
const LAXITIES: [error: RegExp, why: string][] = [
    [/expired|not yet valid/, "the chip has no clock and does not look at dates"],
    [
        /issuer certificate|self[- ]signed/,
        "OpenSSL wants a root at the end of the path; to the chip any name with its key is an anchor",
    ],
    [/hostname|IP address/i, "the chip compares names by rules of its own: it also takes common names, for example"],
    [
        /path length|CA certificate|purpose|key usage/,
        "the chip checks the use of the certificates it is sent, and nothing of its anchors",
    ],
    [/key too small|too weak/, "the chip demands no strength of its anchors"],
]

function chipIsLaxer(error: string): string {
    return LAXITIES.find(([pattern]) => pattern.test(error))?.[1] ?? "the chip does not check this"
}

function chipIsStricter(comparison: Comparison): string {
    const path = linkChain(comparison.presented)
    return (
        (comparison.chip.found === false ? whyNotFound(path, comparison) : undefined) ??
        "the chip demands more here than OpenSSL does"
    )
}

function whyNotFound(path: Certificate[], { presented, entries }: Comparison): string | undefined {
    const top = path.at(-1)
    if (!top) return undefined
    return whyOrder(top, presented) ?? whyHigher(path, entries) ?? whyEncoding(top, entries)
}

function whyOrder(top: Certificate, presented: Certificate[]): string | undefined {
    const at = presented.indexOf(top)
    const parent = presented.slice(0, at).find(earlier => earlier.subject === top.issuer && isSignedBy(top, earlier))
    if (!parent || top.subject === top.issuer) return undefined
    return `"${parent.subject}" is sent before "${top.subject}", which it issued: OpenSSL finds it wherever it stands, the chip looks only further on`
}

function whyHigher(path: Certificate[], entries: BundleEntry[]): string | undefined {
    const stop = path.find(child =>
        entries.some(entry => entry.subjectDer.equals(child.issuerDer) && isSignedBy(child, entry)),
    )
    if (!stop) return undefined
    return `OpenSSL stops at "${stop.subject}", whose issuer is an anchor; the chip goes on to the topmost certificate that is sent`
}

function whyEncoding({ issuer }: Certificate, entries: BundleEntry[]): string | undefined {
    const twin = entries.some(({ subjectDer }) => isSameNameText(readName(subjectDer), issuer))
    return twin ? `OpenSSL takes two spellings of "${issuer}" for one name; the chip compares the bytes` : undefined
}
