/**
 * Reads a running VM's memory from outside: how full its garbage-collected
 * heap is, when its next fiber wakes, what a native function was given. Layouts: DeviceScript 2.16
 * `runtime/devicescript/gc_alloc.c` and `devs_internal.h`, 32-bit pointers.
 */

const WORD = 4
/** Header word behind the last block of a heap chunk: tag FINAL, one word. */
const FINAL_HEADER = 0x4f000001
const TAG_SHIFT = 24
const SIZE_MASK = 0xffffff
/** Low bits of a block's tag; the upper ones are marks of the collector. */
const TAG_MASK = 0x0f
const TAG_FREE = 0x01
/** The WASM runtime's heap, like the ESP32's: a chunk is searched only in this range of sizes. */
const MIN_CHUNK_BYTES = 32 * 1024
const MAX_CHUNK_BYTES = 128 * 1024

/** A search reads all 16 MB of the VM: while no program runs, only one in so many calls searches. */
const SEARCH_EVERY = 50

/** struct _devs_gc_t */
const GC_FIRST_CHUNK = 4
const GC_CTX = 20
/** struct devs_ctx */
const CTX_STACK = 88
const CTX_FIBERS = 240
const CTX_NOW = 256
/** struct devs_fiber */
const FIBER_NEXT = 0
const FIBER_WAKE_TIME = 24
const FIBER_CTX = 44

/** Bytes of one heap, block headers included. */
export interface HeapUse {
    usedBytes: number
    totalBytes: number
}

/** A view of one VM's heap; found once, valid until the program restarts. */
export class HeapWatch {
    readonly #memory: () => Uint8Array
    #view: Uint32Array | undefined
    #chunk: number | undefined
    #ctx: number | undefined
    #skipSearches = 0

    /** @param memory the VM's linear memory; a function, because it may move when it grows */
    constructor(memory: () => Uint8Array) {
        this.#memory = memory
    }

    /** What the program has allocated and the collector not yet freed; undefined while no program runs. */
    use(): HeapUse | undefined {
        const words = this.#words()
        this.#find(words)
        if (this.#chunk === undefined) return undefined
        const end = words[this.#chunk / WORD + 1]!
        let usedWords = 0
        for (let at = this.#chunk + 2 * WORD; at < end; ) {
            const header = words[at / WORD]!
            const size = header & SIZE_MASK
            if (size === 0) return undefined
            if (((header >>> TAG_SHIFT) & TAG_MASK) !== TAG_FREE) usedWords += size
            at += size * WORD
        }
        return { usedBytes: usedWords * WORD, totalBytes: end - this.#chunk }
    }

    /**
     * Milliseconds until the next fiber wakes by itself: 0 if one is due,
     * Infinity if all wait for events, undefined while no program runs.
     */
    msToNextWake(): number | undefined {
        const words = this.#words()
        if (this.#ctx === undefined) this.#find(words)
        if (this.#ctx === undefined) return undefined
        const now = words[(this.#ctx + CTX_NOW) / WORD]!
        let next = Infinity
        for (let fiber = words[(this.#ctx + CTX_FIBERS) / WORD]!; fiber; fiber = words[(fiber + FIBER_NEXT) / WORD]!) {
            if (words[(fiber + FIBER_CTX) / WORD] !== this.#ctx) return this.forget()
            const wake = words[(fiber + FIBER_WAKE_TIME) / WORD]!
            if (wake) next = Math.min(next, Math.max(0, wake - now))
        }
        return next
    }

    /**
     * First argument of the native function that runs now, as the VM encodes
     * it: two equal literals are equal here.
     */
    firstArgument(): bigint | undefined {
        this.#skipSearches = 0
        this.#find(this.#words())
        return this.#ctx === undefined
            ? undefined
            : new DataView(this.#memory().buffer).getBigUint64(this.#ctx + CTX_STACK + 8, true)
    }

    /** To be called when the program restarts: its heap may lie elsewhere. */
    forget(): undefined {
        this.#chunk = this.#ctx = undefined
    }

    #words(): Uint32Array {
        const { buffer } = this.#memory()
        if (this.#view?.buffer !== buffer) this.#view = new Uint32Array(buffer)
        return this.#view
    }

    #find(words: Uint32Array): void {
        if (this.#chunk !== undefined && words[words[this.#chunk / WORD + 1]! / WORD] === FINAL_HEADER) return
        this.forget()
        if (this.#skipSearches-- > 0) return
        this.#skipSearches = SEARCH_EVERY
        for (let at = 0; at < words.length - 1; at++) {
            if (words[at] !== 0 || !isChunkEnd(words, at * WORD, words[at + 1]!)) continue
            const ctx = contextOf(words, at * WORD)
            if (ctx === undefined) continue
            this.#chunk = at * WORD
            this.#ctx = ctx
            return
        }
    }
}

function isChunkEnd(words: Uint32Array, start: number, end: number): boolean {
    const size = end - start
    return size >= MIN_CHUNK_BYTES && size <= MAX_CHUNK_BYTES && end % WORD === 0 && words[end / WORD] === FINAL_HEADER
}

/** The program's context, by the collector's record that points at this chunk. */
function contextOf(words: Uint32Array, chunk: number): number | undefined {
    for (let at = 0; at < words.length; at++) {
        if (words[at] !== chunk) continue
        const ctx = words[at + (GC_CTX - GC_FIRST_CHUNK) / WORD]!
        if (ctx && ctx % 8 === 0 && ctx < words.length * WORD) return ctx
    }
    return undefined
}
