/** The certificate bundle as the chip loads and searches it (esp_crt_bundle.c, ESP-IDF v5.0.5). */
import { type ChipKey, readBundleKey } from "./public-key.ts"
import { ChipError } from "./status.ts"

/** One entry of the loaded bundle, with unchecked contents. */
export interface ChipAnchor {
    name: Buffer
    key: Buffer
}

export type LoadedBundle = { anchors: ChipAnchor[] } | { anchors?: undefined; fault: string }

/** BUNDLE_HEADER_OFFSET and CRT_HEADER_OFFSET */
const COUNT_BYTES = 2
const HEADER_BYTES = 4
/** CONFIG_MBEDTLS_CERTIFICATE_BUNDLE_MAX_CERTS */
export const MAX_ANCHORS = 200

/** Loads a bundle as the chip does: as many entries as its count says, without checking their contents. */
export function loadBundle(bytes: Buffer): LoadedBundle {
    if (bytes.length < COUNT_BYTES + HEADER_BYTES) return { fault: `${bytes.length} bytes are too few for a bundle` }
    const count = bytes.readUInt16BE(0)
    if (count > MAX_ANCHORS) return { fault: `its count is ${count}, more than the limit of ${MAX_ANCHORS}` }
    if (count === 0) return { fault: "its count is 0" }
    return loadEntries(bytes, count)
}

function loadEntries(bytes: Buffer, count: number): LoadedBundle {
    const anchors: ChipAnchor[] = []
    let at = COUNT_BYTES
    for (let index = 0; index < count; index++) {
        const nameAt = at + HEADER_BYTES
        if (nameAt > bytes.length) return { fault: `it ends before entry ${index + 1} of ${count}` }
        const keyAt = nameAt + bytes.readUInt16BE(at)
        at = keyAt + bytes.readUInt16BE(at + 2)
        anchors.push({ name: bytes.subarray(nameAt, keyAt), key: bytes.subarray(keyAt, at) })
    }
    return at > bytes.length ? { fault: "its last entry is truncated" } : { anchors }
}

/**
 * The one entry that the chip tries for an issuer: a binary search that compares
 * as many bytes as the ENTRY's name has. It may miss an entry in an unsorted list;
 * an entry with an empty name matches every issuer.
 *
 * @param fromIssuer the certificate's bytes from its issuer to its end
 */
export function findAnchor(anchors: ChipAnchor[], fromIssuer: Buffer): ChipAnchor | undefined {
    let start = 0
    let end = anchors.length - 1
    while (start <= end) {
        const middle = Math.floor((start + end) / 2)
        const anchor = anchors[middle]
        if (!anchor) return undefined
        const order = Buffer.compare(fromIssuer.subarray(0, anchor.name.length), anchor.name)
        if (order === 0) return anchor
        if (order < 0) end = middle - 1
        else start = middle + 1
    }
    return undefined
}

/** The key of an entry; undefined when the chip cannot read it. */
export function anchorKey(anchor: ChipAnchor): ChipKey | undefined {
    try {
        return readBundleKey(anchor.key)
    } catch (error) {
        if (error instanceof ChipError) return undefined
        throw error
    }
}
