/** Flash memory: addresses, rounding, and the contents of unused bytes. */

/** What to do about a damaged image file. */
export const REPLACE_FILE = "download or build the file again"

/** An address as text: "0x10000". */
export const addressText = (address: number) => `0x${address.toString(16)}`

/** The smallest multiple that is not below the value. */
export const roundUp = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple

/** True for erased flash (0xFF) and for zeros, with which some tools fill gaps; also true for no bytes. */
export function isFiller(bytes: Uint8Array): boolean {
    return isErased(bytes) || bytes.every(byte => byte === 0x00)
}

export const isErased = (bytes: Uint8Array) => bytes.every(byte => byte === 0xff)
