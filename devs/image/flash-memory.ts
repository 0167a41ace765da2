/** What holds of all flash memory: addresses, and how bytes look that no one has written. */

/** What to do about a damaged image file. */
export const REPLACE_FILE = "download or build the file again"

/** An address for people: "0x10000". */
export const addressText = (address: number) => `0x${address.toString(16)}`

/** The next multiple, or the value itself when it is one. */
export const roundUp = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple

/** True for erased flash (0xFF), and for zeros, which some tools fill gaps with; true for no bytes at all. */
export function isFiller(bytes: Uint8Array): boolean {
    return isErased(bytes) || bytes.every(byte => byte === 0x00)
}

export const isErased = (bytes: Uint8Array) => bytes.every(byte => byte === 0xff)
