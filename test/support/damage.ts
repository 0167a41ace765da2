/** A copy with one bit flipped; bit 0 is the lowest of the first byte. */
export function flipBit(bytes: Buffer, bit: number): Buffer {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    return flipped
}

/** A copy with other bytes from `at` on. */
export function overwrite(bytes: Buffer, at: number, values: ArrayLike<number>): Buffer {
    const copy = Buffer.from(bytes)
    copy.set(values, at)
    return copy
}
