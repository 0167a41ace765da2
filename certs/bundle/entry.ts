/** What both bundle formats have in common: entries, their number and their lengths. */
import { AirpinError } from "../error.ts"
import { sha256Of } from "../sha256.ts"
import { readName } from "../x509/name.ts"

/** One anchor: a name and its key. A Certificate fits. */
export interface BundleEntry {
    /** subject Name with tag and length, byte for byte as in the certificate */
    subjectDer: Buffer
    /** SubjectPublicKeyInfo with tag and length */
    spkiDer: Buffer
}

/** A bundle split into entries whose contents are not checked yet. */
export interface BundleParts {
    entries: BundleEntry[]
    /** offset of the byte after the last entry */
    endAt: number
}

/** CONFIG_MBEDTLS_CERTIFICATE_BUNDLE_MAX_CERTS: the chip loads no bundle with more */
export const MAX_ENTRIES = 200
/** two 16-bit lengths precede the name and key of an entry */
export const HEADER_BYTES = 4
const MAX_U16 = 0xffff

/** @throws AirpinError BUNDLE_EMPTY, BUNDLE_TOO_MANY */
export function checkCount(count: number): void {
    if (count === 0) {
        throw new AirpinError("BUNDLE_EMPTY", "the bundle has no entries: the chip does not load it")
    }
    if (count > MAX_ENTRIES) {
        throw new AirpinError(
            "BUNDLE_TOO_MANY",
            `the bundle has ${count} entries: the chip loads at most ${MAX_ENTRIES}`,
        )
    }
}

/** @throws AirpinError BUNDLE_ENTRY_TOO_LONG when a length does not fit into 16 bits */
export function checkLengths({ subjectDer, spkiDer }: BundleEntry): void {
    if (subjectDer.length <= MAX_U16 && spkiDer.length <= MAX_U16) return
    throw new AirpinError(
        "BUNDLE_ENTRY_TOO_LONG",
        `an entry has ${subjectDer.length} bytes of name and ${spkiDer.length} bytes of key; the limit is ${MAX_U16} bytes each`,
    )
}

/** BUNDLE_TRUNCATED: the file ends within the entry with this index. */
export function truncated(buffer: Buffer, index: number): AirpinError {
    return new AirpinError(
        "BUNDLE_TRUNCATED",
        `the bundle ends within entry ${index + 1}, after ${buffer.length} bytes`,
    )
}

/** The readable name of an entry, and the SHA-256 of its key in lower-case hex. */
export function describeEntry({ subjectDer, spkiDer }: BundleEntry): { subject: string; spkiSha256: string } {
    return { subject: readName(subjectDer), spkiSha256: sha256Of(spkiDer) }
}
