/** The readings that the server does not have yet, oldest first, in one block of memory. */
import { quantities } from "../reading"

/** 8 hours at a reading a minute, in less than 7 kB. */
const CAPACITY = 480

/**
 * Slot: u32 whose lowest 5 bits are one per quantity measured, and the others
 * the end of the interval, which is enough for 4 years; then each quantity,
 * less its smallest value, u16.
 */
const FLAG_BITS = quantities.length
const FLAGS_MASK = (1 << FLAG_BITS) - 1
const VALUES_AT = 4
const VALUE_BYTES = 2
const SLOT_BYTES = VALUES_AT + quantities.length * VALUE_BYTES

export class Ring {
    /** readings held */
    count = 0
    /** sequence number of the oldest one held, or of the next to come */
    firstSeq = 1
    /** readings dropped before the server had them */
    lost = 0
    private readonly slots: Buffer
    private first = 0

    constructor(readonly capacity = CAPACITY) {
        this.slots = Buffer.alloc(capacity * SLOT_BYTES)
    }

    /** Empties it; the next reading has this sequence number. */
    restart(firstSeq: number) {
        this.count = 0
        this.firstSeq = firstSeq
    }

    /**
     * Adds a reading; a full ring drops its oldest.
     *
     * @param endS end of its interval, whole seconds of uptime
     * @param values scaled by 10^decimals, in the order of `quantities`; undefined where not measured
     * @returns its sequence number
     */
    push(endS: number, values: number[]): number {
        if (this.isFull()) this.dropOldest()
        const at = this.slotAt(this.count)
        let flags = 0
        for (let i = 0; i < quantities.length; i++) {
            if (values[i] === undefined) continue
            flags |= 1 << i
            this.slots.setAt(at + VALUES_AT + i * VALUE_BYTES, "u16", values[i] - smallest(i))
        }
        this.slots.setAt(at, "u32", endS * (FLAGS_MASK + 1) + flags)
        this.count++
        return this.firstSeq + this.count - 1
    }

    isFull(): boolean {
        return this.count === this.capacity
    }

    /** Lets go the newest readings, from `seq` on. */
    truncate(seq: number) {
        this.count = Math.max(0, Math.min(this.count, seq - this.firstSeq))
    }

    /** Gives up the oldest reading: it counts as lost. */
    dropOldest() {
        this.lost++
        this.remove(1)
    }

    /** Takes as many readings of another ring as fit, from its `index` on, in place of its own. */
    copy(from: Ring, index: number) {
        this.restart(from.firstSeq + index)
        this.first = 0
        this.count = Math.min(this.capacity, from.count - index)
        for (let i = 0; i < this.count; i++) this.slots.blitAt(i * SLOT_BYTES, from.slots, from.slotAt(index + i), SLOT_BYTES)
    }

    /** The server, or the flash, has every reading up to `seq`. */
    acknowledge(seq: number) {
        this.remove(Math.min(this.count, seq - this.firstSeq + 1))
    }

    private remove(count: number) {
        if (count <= 0) return
        this.first = (this.first + count) % this.capacity
        this.firstSeq += count
        this.count -= count
    }

    /** How many of the oldest readings, `most` at most, follow each other in equal steps. */
    evenRun(most: number): number {
        const limit = Math.min(most, this.count)
        if (limit < 3) return limit
        const stepS = this.stepS()
        let length = 2
        while (length < limit && this.endS(length) - this.endS(length - 1) === stepS) length++
        return length
    }

    /** Seconds from the oldest reading to the second; there must be two. */
    stepS(): number {
        return this.endS(1) - this.endS(0)
    }

    /** End of the interval of the reading `index` places behind the oldest, in seconds of uptime. */
    endS(index: number): number {
        return this.slots.getAt(this.slotAt(index), "u32") >>> FLAG_BITS
    }

    /** A bit per quantity that the reading has. */
    flags(index: number): number {
        return this.slots.getAt(this.slotAt(index), "u32") & FLAGS_MASK
    }

    /** A reading's value of a quantity, scaled by 10^decimals; undefined where not measured. */
    value(index: number, quantity: number): number {
        if ((this.flags(index) & (1 << quantity)) === 0) return undefined
        return smallest(quantity) + this.slots.getAt(this.slotAt(index) + VALUES_AT + quantity * VALUE_BYTES, "u16")
    }

    private slotAt(index: number): number {
        return ((this.first + index) % this.capacity) * SLOT_BYTES
    }
}

/** Smallest scaled value: what lies above it fits 16 bits for every quantity. */
export function smallest(quantity: number): number {
    return quantities[quantity].min * Math.pow(10, quantities[quantity].decimals)
}
