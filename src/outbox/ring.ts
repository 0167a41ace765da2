/** The readings that the server does not have yet, oldest first, in one block of memory. */
import { quantities } from "../reading"

/** More than 8 hours at a reading a minute, in 8 kB. */
const CAPACITY = 512

/** Slot: end of the interval u32, then a bit per quantity measured u8, then each quantity, less its smallest value, u16. */
const FLAGS_AT = 4
const VALUES_AT = 6
const VALUE_BYTES = 2
const SLOT_BYTES = VALUES_AT + quantities.length * VALUE_BYTES

export class Ring {
    /** readings held */
    count = 0
    /** sequence number of the oldest one held, or of the next to come */
    firstSeq = 1
    /** readings dropped before the server had them */
    lost = 0
    private readonly slots = Buffer.alloc(CAPACITY * SLOT_BYTES)
    private first = 0

    /**
     * Adds a reading; a full ring drops its oldest.
     *
     * @param endS end of its interval, whole seconds of uptime
     * @param values scaled by 10^decimals, in the order of `quantities`; undefined where not measured
     * @returns its sequence number
     */
    push(endS: number, values: number[]): number {
        if (this.count === CAPACITY) this.dropOldest()
        const at = this.slotAt(this.count)
        this.slots.setAt(at, "u32", endS)
        let flags = 0
        for (let i = 0; i < quantities.length; i++) {
            if (values[i] === undefined) continue
            flags |= 1 << i
            this.slots.setAt(at + VALUES_AT + i * VALUE_BYTES, "u16", values[i] - smallest(i))
        }
        this.slots[at + FLAGS_AT] = flags
        this.count++
        return this.firstSeq + this.count - 1
    }

    /** Gives up the oldest reading: it counts as lost. */
    dropOldest() {
        this.lost++
        this.remove(1)
    }

    /** The server has every reading up to `seq`. */
    acknowledge(seq: number) {
        this.remove(Math.min(this.count, seq - this.firstSeq + 1))
    }

    private remove(count: number) {
        if (count <= 0) return
        this.first = (this.first + count) % CAPACITY
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
        return this.slots.getAt(this.slotAt(index), "u32")
    }

    /** A reading's value of a quantity, scaled by 10^decimals; undefined where not measured. */
    value(index: number, quantity: number): number {
        const at = this.slotAt(index)
        if ((this.slots[at + FLAGS_AT] & (1 << quantity)) === 0) return undefined
        return smallest(quantity) + this.slots.getAt(at + VALUES_AT + quantity * VALUE_BYTES, "u16")
    }

    private slotAt(index: number): number {
        return ((this.first + index) % CAPACITY) * SLOT_BYTES
    }
}

/** Smallest scaled value: what lies above it fits 16 bits for every quantity. */
function smallest(quantity: number): number {
    return quantities[quantity].min * Math.pow(10, quantities[quantity].decimals)
}
