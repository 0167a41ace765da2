/** Ring buffer of readings in RAM, oldest first, in one `Buffer`. */
import { QUANTITY_COUNT } from "../wire"

/**
 * Slot: each quantity minus its minimum, u16, all ones if not measured, then the
 * low 16 bits of the end of the interval, counted in intervals of uptime. Its
 * upper 3 bits are in the bits that temperature (1) and humidity (2) leave free.
 * 19 bits last for 30 days at 5 s; the device restarts earlier.
 */
const VALUE_BYTES = 2
const END_AT = QUANTITY_COUNT * VALUE_BYTES
const SLOT_BYTES = END_AT + 2
const BITS_IN_U16 = 16
/** width of each quantity, bits */
const valueBits = hex`10 10 10 0f 0e`

export class Ring {
    /** number of readings */
    count = 0
    /** sequence number of the oldest reading, or of the next one if empty */
    firstSeq = 1
    /** readings dropped because the ring was full */
    lost = 0
    private readonly slots: Buffer
    private first = 0

    /**
     * @param intervalS interval ends are whole multiples of it
     * @param capacity readings, 12 bytes each
     */
    constructor(
        private intervalS: number,
        readonly capacity: number,
    ) {
        this.slots = Buffer.alloc(capacity * SLOT_BYTES)
    }

    /** Empties the ring and sets the interval and the sequence number of the next reading. */
    restart(firstSeq: number, intervalS: number) {
        this.intervalS = intervalS
        this.count = 0
        this.firstSeq = firstSeq
    }

    /**
     * Adds a reading. A full ring drops its oldest.
     *
     * @param endS end of its interval, seconds of uptime
     * @param values scaled by 10^decimals, by the number of their quantity; undefined where not measured
     * @returns its sequence number
     */
    push(endS: number, values: number[]): number {
        if (this.isFull()) this.dropOldest()
        const at = this.slotAt(this.count)
        let end = endS / this.intervalS
        this.slots.setAt(at + END_AT, "u16", end % (1 << BITS_IN_U16))
        end >>= BITS_IN_U16
        for (let i = QUANTITY_COUNT - 1; i >= 0; i--) {
            const bits = valueBits[i]
            const raw = values[i] === undefined ? (1 << bits) - 1 : values[i] - minScaled(i)
            this.slots.setAt(at + i * VALUE_BYTES, "u16", ((end << bits) & 0xffff) | raw)
            end >>= BITS_IN_U16 - bits
        }
        this.count++
        return this.newestSeq()
    }

    /** Sequence number of the newest reading ever pushed. */
    newestSeq(): number {
        return this.firstSeq + this.count - 1
    }

    isFull(): boolean {
        return this.count === this.capacity
    }

    /** Removes the newest readings, from `seq` on. */
    truncate(seq: number) {
        this.count = Math.max(0, Math.min(this.count, seq - this.firstSeq))
    }

    /** Drops the oldest reading and counts it as lost. */
    dropOldest() {
        this.lost++
        this.remove(1)
    }

    /** Replaces the content with readings of another ring from its `index` on, as many as fit. */
    copy(from: Ring, index: number) {
        this.restart(from.firstSeq + index, from.intervalS)
        this.first = 0
        this.count = Math.min(this.capacity, from.count - index)
        for (let i = 0; i < this.count; i++)
            this.slots.blitAt(i * SLOT_BYTES, from.slots, from.slotAt(index + i), SLOT_BYTES)
    }

    /** Removes every reading up to `seq`: the server or the flash has them. */
    acknowledge(seq: number) {
        this.remove(Math.min(this.count, seq - this.firstSeq + 1))
    }

    private remove(count: number) {
        if (count <= 0) return
        this.first = (this.first + count) % this.capacity
        this.firstSeq += count
        this.count -= count
    }

    /** Number of oldest readings, at most `max`, that are equally spaced. */
    evenRun(max: number): number {
        const limit = Math.min(max, this.count)
        if (limit < 3) return limit
        const stepS = this.stepS()
        let length = 2
        while (length < limit && this.endS(length) - this.endS(length - 1) === stepS) length++
        return length
    }

    /** Seconds from the oldest reading to the next; needs two readings. */
    stepS(): number {
        return this.endS(1) - this.endS(0)
    }

    /** Interval end of a reading, seconds of uptime. @param index 0 is the oldest */
    endS(index: number): number {
        const at = this.slotAt(index)
        let end = 0
        for (let i = 0; i < QUANTITY_COUNT; i++) {
            const bits = valueBits[i]
            end = (end << (BITS_IN_U16 - bits)) | (this.slots.getAt(at + i * VALUE_BYTES, "u16") >> bits)
        }
        return ((end << BITS_IN_U16) | this.slots.getAt(at + END_AT, "u16")) * this.intervalS
    }

    /** Bit set of the quantities that a reading has. */
    flags(index: number): number {
        let flags = 0
        for (let i = 0; i < QUANTITY_COUNT; i++) if (this.value(index, i) !== undefined) flags |= 1 << i
        return flags
    }

    /** A reading's value of a quantity, scaled by 10^decimals; undefined where not measured. */
    value(index: number, quantity: number): number {
        const none = (1 << valueBits[quantity]) - 1
        const raw = this.slots.getAt(this.slotAt(index) + quantity * VALUE_BYTES, "u16") & none
        return raw === none ? undefined : minScaled(quantity) + raw
    }

    private slotAt(index: number): number {
        return ((this.first + index) % this.capacity) * SLOT_BYTES
    }
}

/**
 * What a quantity counts from in RAM and in the blocks in flash, scaled by 10^decimals. Not above its
 * minimum; another value would make the blocks in flash unreadable.
 */
export function minScaled(quantity: number): number {
    return quantity === 1 ? 400 : quantity === 3 ? -4500 : 0
}
