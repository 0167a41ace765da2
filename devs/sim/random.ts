/** Seeded random numbers, so that every simulation can be repeated. */

/** Golden ratio in 32 bits: spreads consecutive numbers (Knuth, TAOCP 3, 6.4). */
const GOLDEN = 0x9e3779b9

/** Derives a separate seed for each part of a simulation: `mix(seed, day, person)`. Unsigned 32 bits. */
export function mix(...parts: number[]): number {
    return parts.reduce((hash, part) => scramble((hash ^ Math.imul(part, GOLDEN)) + GOLDEN), 0) >>> 0
}

/** Finalizer of MurmurHash3, 32 bits (Austin Appleby, public domain). */
function scramble(value: number): number {
    let hash = value | 0
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    return hash ^ (hash >>> 16)
}

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, period 2^32. */
export class Random {
    #state: number

    constructor(seed: number) {
        this.#state = seed | 0
    }

    /** Uniform from 0 to 1, 1 excluded. */
    next(): number {
        this.#state = (this.#state + 0x6d2b79f5) | 0
        let value = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
        value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
        return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32
    }

    /** Uniform from `low` to `high`. */
    between(low: number, high: number): number {
        return low + (high - low) * this.next()
    }

    /** Normal distribution, mean 0 (Box and Muller, 1958). */
    gaussian(deviation: number): number {
        const radius = Math.sqrt(-2 * Math.log(1 - this.next()))
        return deviation * radius * Math.cos(2 * Math.PI * this.next())
    }
}
