/**
 * The bundle format of ESP-IDF v5.4 and later, all numbers little-endian:
 *
 *   u32 LE  offset of each entry, ascending by the subject's bytes
 *           (the first is 4 times their count)
 *   then the entries, one after another:
 *     u16 LE  length of the subject
 *     u16 LE  length of the key
 *     subject Name, DER
 *     SubjectPublicKeyInfo, DER
 */

import { AirpinError } from "../error.ts"
import { type BundleEntry, type BundleParts, checkCount, HEADER_BYTES, truncated } from "./entry.ts"

const OFFSET_BYTES = 4

/** The bytes as gen_crt_bundle.py of v5.4 writes them. */
export function packIdf54(sorted: BundleEntry[]): Buffer {
    const entries = sorted.map(packEntry)
    const table = Buffer.alloc(OFFSET_BYTES * entries.length)
    let offset = table.length
    for (const [index, entry] of entries.entries()) {
        table.writeUInt32LE(offset, OFFSET_BYTES * index)
        offset += entry.length
    }
    return Buffer.concat([table, ...entries])
}

function packEntry({ subjectDer, spkiDer }: BundleEntry): Buffer {
    const header = Buffer.alloc(HEADER_BYTES)
    header.writeUInt16LE(subjectDer.length, 0)
    header.writeUInt16LE(spkiDer.length, 2)
    return Buffer.concat([header, subjectDer, spkiDer])
}

/**
 * True for a file of this format, even a damaged one. When the first byte is 0,
 * as with 64 entries, it could also be a count of the other format; then the second
 * offset decides.
 */
export function isIdf54(buffer: Buffer): boolean {
    if (buffer.length < OFFSET_BYTES) return false
    const tableBytes = buffer.readUInt32LE(0)
    const isTable = tableBytes > 0 && tableBytes <= 0xffff && tableBytes % OFFSET_BYTES === 0
    return isTable && (buffer[0] !== 0 || secondOffsetFits(buffer, tableBytes))
}

function secondOffsetFits(buffer: Buffer, firstAt: number): boolean {
    if (firstAt + HEADER_BYTES > buffer.length) return false
    return buffer.readUInt32LE(OFFSET_BYTES) === endOf(buffer, firstAt)
}

function endOf(buffer: Buffer, at: number): number {
    return at + HEADER_BYTES + buffer.readUInt16LE(at) + buffer.readUInt16LE(at + 2)
}

/** @throws AirpinError BUNDLE_TRUNCATED, BUNDLE_TOO_MANY, BUNDLE_OFFSET_WRONG */
export function unpackIdf54(buffer: Buffer): BundleParts {
    const count = buffer.readUInt32LE(0) / OFFSET_BYTES
    checkCount(count)
    if (OFFSET_BYTES * count > buffer.length) throw truncated(buffer, 0)
    const entries: BundleEntry[] = []
    let endAt = OFFSET_BYTES * count
    for (let index = 0; index < count; index++) {
        checkOffset(buffer, index, endAt)
        entries.push(unpackEntry(buffer, index, endAt))
        endAt = endOf(buffer, endAt)
    }
    return { entries, endAt }
}

function unpackEntry(buffer: Buffer, index: number, at: number): BundleEntry {
    const nameAt = at + HEADER_BYTES
    if (nameAt > buffer.length || endOf(buffer, at) > buffer.length) throw truncated(buffer, index)
    const keyAt = nameAt + buffer.readUInt16LE(at)
    return { subjectDer: buffer.subarray(nameAt, keyAt), spkiDer: buffer.subarray(keyAt, endOf(buffer, at)) }
}

function checkOffset(buffer: Buffer, index: number, expected: number): void {
    const offset = buffer.readUInt32LE(OFFSET_BYTES * index)
    if (offset === expected) return
    throw new AirpinError(
        "BUNDLE_OFFSET_WRONG",
        `entry ${index + 1} should begin at byte ${expected}, but the table says ${offset}: the chip does not load this bundle`,
    )
}
