/** What both forms of the bundle have in common: entries, and how many of what length. */
import { AirpinError } from "../error.ts"
import { sha256Of } from "../sha256.ts"
import { readName } from "../x509/name.ts"

/** One anchor: a name and the key that speaks for it. A Certificate fits. */
export interface BundleEntry {
    /** subject Name, tag and length included, as it stands in the certificate */
    subjectDer: Buffer
    /** SubjectPublicKeyInfo, tag and length included */
    spkiDer: Buffer
}

/** What a bundle's bytes are made of, before anything in the entries was looked at. */
export interface BundleParts {
    entries: BundleEntry[]
    /** where the last entry ends */
    endAt: number
}

/** CONFIG_MBEDTLS_CERTIFICATE_BUNDLE_MAX_CERTS: the chip loads no bundle with more */
export const MAX_ENTRIES = 200
/** two lengths of 16 bits stand before the name and key of an entry */
export const HEADER_BYTES = 4
const MAX_U16 = 0xffff

/** @throws AirpinError BUNDLE_EMPTY, BUNDLE_TOO_MANY */
export function checkCount(count: number): void {
    if (count === 0) {
        throw new AirpinError(
            "BUNDLE_EMPTY",
            "a bundle without entries: the chip does not load it",
            "pin at least one anchor",
        )
    }
    if (count > MAX_ENTRIES) {
        throw new AirpinError(
            "BUNDLE_TOO_MANY",
            `a bundle of ${count} entries: the chip loads ${MAX_ENTRIES} at most`,
            "pin fewer anchors, or check that this file is a bundle at all",
        )
    }
}

/** @throws AirpinError BUNDLE_ENTRY_TOO_LONG for what 16 bits cannot count */
export function checkLengths({ subjectDer, spkiDer }: BundleEntry): void {
    if (subjectDer.length <= MAX_U16 && spkiDer.length <= MAX_U16) return
    throw new AirpinError(
        "BUNDLE_ENTRY_TOO_LONG",
        `an entry has ${subjectDer.length} bytes of name and ${spkiDer.length} of key; ${MAX_U16} is the most`,
    )
}

/** BUNDLE_TRUNCATED: the file ends within the entry of this index. */
export function truncated(buffer: Buffer, index: number): AirpinError {
    return new AirpinError(
        "BUNDLE_TRUNCATED",
        `the bundle ends within entry ${index + 1}, after ${buffer.length} bytes`,
        "read it anew, whole",
    )
}

/** An entry by name and key. */
export function describeEntry({ subjectDer, spkiDer }: BundleEntry): { subject: string; spkiSha256: string } {
    return { subject: readName(subjectDer), spkiSha256: sha256Of(spkiDer) }
}
