/** Writes and reads numbers of any width as a bit stream, most significant bit first. */

export class Bits {
    /** bits written or read */
    position: number
    /** true after a write or read past the end: nothing is written there, and zeros are read */
    full = false

    /** @param bytes to read, or to write: then zeros from byte `start` on */
    constructor(
        private readonly bytes: Buffer,
        start: number,
    ) {
        this.position = 8 * start
    }

    put(value: number, width: number) {
        this.reserve(width)
        while (width > 0 && !this.full) {
            const free = 8 - (this.position & 7)
            const taken = Math.min(free, width)
            width -= taken
            this.bytes[this.position >> 3] |= ((value >> width) & ((1 << taken) - 1)) << (free - taken)
            this.position += taken
        }
    }

    take(width: number): number {
        let value = 0
        this.reserve(width)
        while (width > 0 && !this.full) {
            const free = 8 - (this.position & 7)
            const taken = Math.min(free, width)
            value = (value << taken) | ((this.bytes[this.position >> 3] >> (free - taken)) & ((1 << taken) - 1))
            this.position += taken
            width -= taken
        }
        return value
    }

    private reserve(width: number) {
        if (this.position + width > 8 * this.bytes.length) this.full = true
    }
}
