/**
 * Encodes and decodes ESP-IDF's certificate bundle in both of its formats, byte
 * for byte as gen_crt_bundle.py writes it for the same certificates. "idf50" is
 * read by v5.0 to v5.3, "idf54" by v5.4 and later; neither reads the other's.
 */

import { AirpinError } from "../error.ts"
import { children, decode } from "../x509/der.ts"
import { nameText, readName } from "../x509/name.ts"
import { type BundleEntry, type BundleParts, checkCount, checkLengths } from "./entry.ts"
import { packIdf50, unpackIdf50 } from "./idf50.ts"
import { isIdf54, packIdf54, unpackIdf54 } from "./idf54.ts"

export { type BundleEntry, MAX_ENTRIES } from "./entry.ts"

/** Bundle format, named after the first ESP-IDF version that reads it. */
export type BundleFormat = "idf50" | "idf54"

/** The formats for people. */
export const formatNames: Record<BundleFormat, string> = {
    idf50: "ESP-IDF v5.0 to v5.3",
    idf54: "ESP-IDF v5.4 and later",
}

const forms: Record<BundleFormat, { pack(sorted: BundleEntry[]): Buffer; unpack(buffer: Buffer): BundleParts }> = {
    idf50: { pack: packIdf50, unpack: unpackIdf50 },
    idf54: { pack: packIdf54, unpack: unpackIdf54 },
}

/**
 * The bundle's bytes. Duplicate entries are written once.
 *
 * @throws AirpinError BUNDLE_EMPTY, BUNDLE_TOO_MANY, BUNDLE_SUBJECT_CONFLICT,
 * BUNDLE_ENTRY_TOO_LONG
 */
export function encodeBundle(entries: BundleEntry[], format: BundleFormat = "idf50"): Buffer {
    const sorted = foldDuplicates([...entries].sort(compareEntries))
    refuseConflicts(sorted)
    checkCount(sorted.length)
    sorted.forEach(checkLengths)
    return forms[format].pack(sorted)
}

/**
 * The format of the bytes; "idf50" for bytes that are neither, for which
 * `decodeBundle` reports what is wrong.
 */
export function formatOf(bytes: Uint8Array): BundleFormat {
    return isIdf54(Buffer.from(bytes)) ? "idf54" : "idf50"
}

/**
 * The entries of a valid bundle. Bytes 0x00 or 0xFF after the last entry are
 * padding of the flash image and are ignored.
 *
 * @param format the required format; default: either
 * @throws AirpinError BUNDLE_FORMAT_WRONG, BUNDLE_TRUNCATED, BUNDLE_EMPTY, BUNDLE_TOO_MANY,
 * BUNDLE_COUNT_WRONG, BUNDLE_OFFSET_WRONG, BUNDLE_ENTRY_MALFORMED, BUNDLE_UNSORTED,
 * BUNDLE_SUBJECT_CONFLICT
 */
export function decodeBundle(bytes: Uint8Array, format?: BundleFormat): BundleEntry[] {
    const buffer = Buffer.from(bytes)
    const found = formatOf(buffer)
    if (format && format !== found) throw wrongFormat(found, format)
    const { entries, endAt } = forms[found].unpack(buffer)
    entries.forEach(checkEntry)
    checkPadding(buffer.subarray(endAt), entries.length)
    checkOrder(entries)
    refuseConflicts(entries)
    return entries
}

function wrongFormat(found: BundleFormat, required: BundleFormat): AirpinError {
    return new AirpinError(
        "BUNDLE_FORMAT_WRONG",
        `this bundle is for ${formatNames[found]}; with ${formatNames[required]} the chip would trust no server`,
        `write it again: airpin bundle --format ${required}`,
    )
}

/** By the subject's bytes, a shorter prefix first, as Python's sorted() orders bytes; then by the key, to be stable. */
function compareEntries(one: BundleEntry, other: BundleEntry): number {
    return Buffer.compare(one.subjectDer, other.subjectDer) || Buffer.compare(one.spkiDer, other.spkiDer)
}

function foldDuplicates(sorted: BundleEntry[]): BundleEntry[] {
    return sorted.filter((entry, at) => {
        const before = sorted[at - 1]
        return !before || compareEntries(before, entry) !== 0
    })
}

/** @param sorted equal subjects are adjacent */
function refuseConflicts(sorted: BundleEntry[]): void {
    const conflict = sorted.find((entry, at) => isConflict(sorted[at - 1], entry))
    if (!conflict) return
    throw new AirpinError(
        "BUNDLE_SUBJECT_CONFLICT",
        `two entries with different keys have the subject "${nameText(conflict.subjectDer)}": the chip tries only one of them`,
    )
}

function isConflict(one: BundleEntry | undefined, other: BundleEntry): boolean {
    return one?.subjectDer.equals(other.subjectDer) === true && !one.spkiDer.equals(other.spkiDer)
}

function checkEntry(entry: BundleEntry, index: number): void {
    try {
        readName(entry.subjectDer)
        children(decode(entry.spkiDer), 2, 2)
    } catch (cause) {
        throw new AirpinError(
            "BUNDLE_ENTRY_MALFORMED",
            `entry ${index + 1} does not contain a subject and a key: ${(cause as Error).message}`,
            { cause },
        )
    }
}

function checkPadding(rest: Buffer, count: number): void {
    const isPadding = [0x00, 0xff].some(value => rest.every(byte => byte === value))
    if (isPadding) return
    throw new AirpinError(
        "BUNDLE_COUNT_WRONG",
        `the count is ${count}, but ${rest.length} bytes that are not padding follow the last of them`,
    )
}

function checkOrder(entries: BundleEntry[]): void {
    const misplaced = entries.find((entry, at) => isBefore(entry, entries[at - 1]))
    if (!misplaced) return
    throw new AirpinError(
        "BUNDLE_UNSORTED",
        `entry ${entries.indexOf(misplaced) + 1} "${nameText(misplaced.subjectDer)}" comes after a larger one: the chip may miss it`,
    )
}

function isBefore(one: BundleEntry, other: BundleEntry | undefined): boolean {
    return other !== undefined && Buffer.compare(one.subjectDer, other.subjectDer) < 0
}
