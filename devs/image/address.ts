/** An address for people: "0x10000". */
export const addressText = (address: number) => `0x${address.toString(16)}`

/** The next multiple, or the value itself when it is one. */
export const roundUp = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple

/** True for what no one has written: erased flash (0xFF), or zeros as some tools fill gaps with. True for nothing at all. */
export function isFiller(bytes: Uint8Array): boolean {
    return [0xff, 0x00].some(value => bytes.every(byte => byte === value))
}
