/**
 * The certificate bundle of ESP-IDF v5.0 to v5.3, both ways. Byte for byte what
 * gen_crt_bundle.py gives for the same certificates (v5.0.5):
 *
 *   u16 BE  count
 *   count times, ascending by the subject's bytes:
 *     u16 BE  length of the subject
 *     u16 BE  length of the key
 *     subject Name, DER
 *     SubjectPublicKeyInfo, DER
 */
import { children, decode } from "./der.ts"
import { AirpinError } from "./error.ts"
import { readName } from "./name.ts"

/** One anchor: a name and the key that speaks for it. A Certificate fits. */
export interface BundleEntry {
    /** subject Name, tag and length included, as it stands in the certificate */
    subjectDer: Buffer
    /** SubjectPublicKeyInfo, tag and length included */
    spkiDer: Buffer
}

/** CONFIG_MBEDTLS_CERTIFICATE_BUNDLE_MAX_CERTS: the chip loads no bundle with more */
export const MOST_ENTRIES = 200
const COUNT_BYTES = 2
const HEADER_BYTES = 4
const MOST_U16 = 0xffff

/**
 * The bundle's bytes. An entry given twice stands once.
 *
 * @throws AirpinError BUNDLE_EMPTY, BUNDLE_TOO_MANY, BUNDLE_SUBJECT_CONFLICT,
 * BUNDLE_ENTRY_TOO_LONG
 */
export function encodeBundle(entries: BundleEntry[]): Buffer {
    const sorted = foldDuplicates([...entries].sort(compareEntries))
    refuseConflicts(sorted)
    checkCount(sorted.length)
    const count = Buffer.alloc(COUNT_BYTES)
    count.writeUInt16BE(sorted.length)
    return Buffer.concat([count, ...sorted.flatMap(encodeEntry)])
}

/**
 * The entries of a bundle that is exactly as it should be. 0x00 or 0xFF behind
 * the last entry is padding of the flash image and is left out.
 *
 * @throws AirpinError BUNDLE_TRUNCATED, BUNDLE_EMPTY, BUNDLE_TOO_MANY,
 * BUNDLE_COUNT_WRONG, BUNDLE_ENTRY_MALFORMED, BUNDLE_UNSORTED,
 * BUNDLE_SUBJECT_CONFLICT
 */
export function decodeBundle(bytes: Uint8Array): BundleEntry[] {
    const buffer = Buffer.from(bytes)
    if (buffer.length < COUNT_BYTES) throw truncated(buffer, 0)
    const count = buffer.readUInt16BE(0)
    checkCount(count)
    const { entries, end } = readEntries(buffer, count)
    checkPadding(buffer.subarray(end), count)
    checkOrder(entries)
    refuseConflicts(entries)
    return entries
}

/** By the subject's bytes, a shorter prefix first: sorted() of Python over bytes. Then by the key, to be stable. */
function compareEntries(one: BundleEntry, other: BundleEntry): number {
    return Buffer.compare(one.subjectDer, other.subjectDer) || Buffer.compare(one.spkiDer, other.spkiDer)
}

function foldDuplicates(sorted: BundleEntry[]): BundleEntry[] {
    return sorted.filter((entry, at) => at === 0 || compareEntries(sorted[at - 1]!, entry) !== 0)
}

function encodeEntry({ subjectDer, spkiDer }: BundleEntry): Buffer[] {
    if (subjectDer.length > MOST_U16 || spkiDer.length > MOST_U16) {
        throw new AirpinError(
            "BUNDLE_ENTRY_TOO_LONG",
            `an entry has ${subjectDer.length} bytes of name and ${spkiDer.length} of key; ${MOST_U16} is the most`,
        )
    }
    const header = Buffer.alloc(HEADER_BYTES)
    header.writeUInt16BE(subjectDer.length, 0)
    header.writeUInt16BE(spkiDer.length, 2)
    return [header, subjectDer, spkiDer]
}

function checkCount(count: number): void {
    if (count === 0) {
        throw new AirpinError(
            "BUNDLE_EMPTY",
            "a bundle without entries: the chip does not load it",
            "pin at least one anchor",
        )
    }
    if (count > MOST_ENTRIES) {
        throw new AirpinError(
            "BUNDLE_TOO_MANY",
            `a bundle of ${count} entries: the chip loads ${MOST_ENTRIES} at most`,
            "pin fewer anchors; a bundle made for ESP-IDF v5.4 or later has another form and cannot be used",
        )
    }
}

/** @param sorted equal subjects stand side by side */
function refuseConflicts(sorted: BundleEntry[]): void {
    const conflict = sorted.find((entry, at) => at > 0 && isConflict(sorted[at - 1]!, entry))
    if (!conflict) return
    throw new AirpinError(
        "BUNDLE_SUBJECT_CONFLICT",
        `two keys under the one subject "${nameText(conflict.subjectDer)}": the chip tries only one of them`,
        "keep the one whose key signs the server's chain",
    )
}

function isConflict(one: BundleEntry, other: BundleEntry): boolean {
    return one.subjectDer.equals(other.subjectDer) && !one.spkiDer.equals(other.spkiDer)
}

function readEntries(buffer: Buffer, count: number): { entries: BundleEntry[]; end: number } {
    const entries: BundleEntry[] = []
    let at = COUNT_BYTES
    for (let index = 0; index < count; index++) {
        const nameAt = at + HEADER_BYTES
        if (nameAt > buffer.length) throw truncated(buffer, index)
        const keyAt = nameAt + buffer.readUInt16BE(at)
        const end = keyAt + buffer.readUInt16BE(at + 2)
        if (end > buffer.length) throw truncated(buffer, index)
        const entry = { subjectDer: buffer.subarray(nameAt, keyAt), spkiDer: buffer.subarray(keyAt, end) }
        entries.push(checkEntry(entry, index))
        at = end
    }
    return { entries, end: at }
}

function checkEntry(entry: BundleEntry, index: number): BundleEntry {
    try {
        readName(entry.subjectDer)
        children(decode(entry.spkiDer), 2, 2)
        return entry
    } catch (cause) {
        throw new AirpinError(
            "BUNDLE_ENTRY_MALFORMED",
            `entry ${index + 1} does not hold a subject and a key: ${(cause as Error).message}`,
            "the count may be larger than the number of entries; write the bundle anew",
            { cause },
        )
    }
}

function checkPadding(rest: Buffer, count: number): void {
    const isPadding = [0x00, 0xff].some(value => rest.every(byte => byte === value))
    if (isPadding) return
    throw new AirpinError(
        "BUNDLE_COUNT_WRONG",
        `the count says ${count}, but ${rest.length} bytes that are no padding stand behind the last of them`,
        "the chip would overlook what stands there; write the bundle anew",
    )
}

function checkOrder(entries: BundleEntry[]): void {
    const at = entries.findIndex((entry, index) => index > 0 && isBefore(entry, entries[index - 1]!))
    if (at === -1) return
    throw new AirpinError(
        "BUNDLE_UNSORTED",
        `entry ${at + 1} "${nameText(entries[at]!.subjectDer)}" stands behind a larger one: the chip may miss it`,
        "write the bundle anew",
    )
}

function isBefore(one: BundleEntry, other: BundleEntry): boolean {
    return Buffer.compare(one.subjectDer, other.subjectDer) < 0
}

function truncated(buffer: Buffer, index: number): AirpinError {
    return new AirpinError(
        "BUNDLE_TRUNCATED",
        `the bundle ends within entry ${index + 1}, after ${buffer.length} bytes`,
        "read it anew, whole",
    )
}

function nameText(subjectDer: Buffer): string {
    try {
        return readName(subjectDer)
    } catch {
        return `#${subjectDer.toString("hex")}`
    }
}
