/**
 * The bundle format of ESP-IDF v5.0 to v5.3:
 *
 *   u16 BE  count
 *   count times, ascending by the subject's bytes:
 *     u16 BE  length of the subject
 *     u16 BE  length of the key
 *     subject Name, DER
 *     SubjectPublicKeyInfo, DER
 */
import { type BundleEntry, type BundleParts, checkCount, HEADER_BYTES, truncated } from "./entry.ts"

const COUNT_BYTES = 2

/** @param sorted at most 65535 */
export function packIdf50(sorted: BundleEntry[]): Buffer {
    const count = Buffer.alloc(COUNT_BYTES)
    count.writeUInt16BE(sorted.length)
    return Buffer.concat([count, ...sorted.flatMap(packEntry)])
}

function packEntry({ subjectDer, spkiDer }: BundleEntry): Buffer[] {
    const header = Buffer.alloc(HEADER_BYTES)
    header.writeUInt16BE(subjectDer.length, 0)
    header.writeUInt16BE(spkiDer.length, 2)
    return [header, subjectDer, spkiDer]
}

/** @throws AirpinError BUNDLE_TRUNCATED, BUNDLE_EMPTY, BUNDLE_TOO_MANY */
export function unpackIdf50(buffer: Buffer): BundleParts {
    if (buffer.length < COUNT_BYTES) throw truncated(buffer, 0)
    const count = buffer.readUInt16BE(0)
    checkCount(count)
    const entries: BundleEntry[] = []
    let endAt = COUNT_BYTES
    for (let index = 0; index < count; index++) {
        const nameAt = endAt + HEADER_BYTES
        if (nameAt > buffer.length) throw truncated(buffer, index)
        const keyAt = nameAt + buffer.readUInt16BE(endAt)
        endAt = keyAt + buffer.readUInt16BE(endAt + 2)
        if (endAt > buffer.length) throw truncated(buffer, index)
        entries.push({ subjectDer: buffer.subarray(nameAt, keyAt), spkiDer: buffer.subarray(keyAt, endAt) })
    }
    return { entries, endAt }
}
