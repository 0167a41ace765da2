/**
 * Reads a running VM's memory from outside: the use of its garbage-collected
 * heap, the next wake-up of a fiber, the argument of a native function.
 * Layouts: DeviceScript 2.16 `runtime/devicescript/gc_alloc.c` and
 * `devs_internal.h`, 32-bit pointers.
 */

const WORD = 4
/** Header word after the last block of a heap chunk: tag FINAL, one word. */
const FINAL_HEADER = 0x4f000001
const TAG_SHIFT = 24
const SIZE_MASK = 0xffffff
/** Low bits of a block's tag; the upper bits are the collector's marks. */
const TAG_MASK = 0x0f
const TAG_FREE = 0x01
/** Range of sizes in which a heap chunk is searched; the WASM runtime has a heap like the ESP32's. */
const MIN_CHUNK_BYTES = 32 * 1024
const MAX_CHUNK_BYTES = 128 * 1024

/** A search reads all 16 MB of the VM, so while no program runs only one call in this many searches. */
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

/** A value in the VM's encoding: 64 bits. */
export interface Argument {
    low: number
    high: number
}

/** A view of one VM's heap, which is located once per start of the program. */
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

    /** What is allocated and not yet collected; undefined while no program runs. */
    use(): HeapUse | undefined {
        const words = this.#words()
        this.#find(words)
        if (this.#chunk === undefined) return undefined
        const end = wordAt(words, this.#chunk + WORD)
        let usedWords = 0
        for (let at = this.#chunk + 2 * WORD; at < end; ) {
            const header = wordAt(words, at)
            const size = header & SIZE_MASK
            if (size === 0) return undefined
            if (((header >>> TAG_SHIFT) & TAG_MASK) !== TAG_FREE) usedWords += size
            at += size * WORD
        }
        return { usedBytes: usedWords * WORD, totalBytes: end - this.#chunk }
    }

    /**
     * Milliseconds until a sleeping fiber is due: 0 if one is due now, Infinity
     * if all wait for events, undefined while no program runs.
     */
    msToNextWake(): number | undefined {
        const words = this.#words()
        if (this.#ctx === undefined) this.#find(words)
        if (this.#ctx === undefined) return undefined
        const now = wordAt(words, this.#ctx + CTX_NOW)
        let next = Infinity
        for (let fiber = wordAt(words, this.#ctx + CTX_FIBERS); fiber; fiber = wordAt(words, fiber + FIBER_NEXT)) {
            if (words[(fiber + FIBER_CTX) / WORD] !== this.#ctx) return this.forget()
            const wake = wordAt(words, fiber + FIBER_WAKE_TIME)
            if (wake) next = Math.min(next, Math.max(0, wake - now))
        }
        return next
    }

    /**
     * The first argument of the native function that runs now, in the VM's
     * encoding, in which equal literals have equal values.
     */
    firstArgument(): Argument | undefined {
        const at = this.#argumentAt()
        const words = this.#words()
        return at === undefined ? undefined : { low: wordAt(words, at), high: wordAt(words, at + WORD) }
    }

    /** True if the native function that runs now has this first argument; called often, so it makes no objects. */
    isFirstArgument({ low, high }: Argument): boolean {
        const at = this.#argumentAt()
        const words = this.#words()
        return at !== undefined && wordAt(words, at) === low && wordAt(words, at + WORD) === high
    }

    #argumentAt(): number | undefined {
        if (this.#ctx === undefined) this.#skipSearches = 0
        this.#find(this.#words())
        return this.#ctx === undefined ? undefined : this.#ctx + CTX_STACK + 2 * WORD
    }

    /** To be called when the program restarts, because its heap may move. */
    forget(): undefined {
        this.#chunk = this.#ctx = undefined
    }

    #words(): Uint32Array {
        const { buffer } = this.#memory()
        if (this.#view?.buffer !== buffer) this.#view = new Uint32Array(buffer)
        return this.#view
    }

    #find(words: Uint32Array): void {
        if (this.#chunk !== undefined && words[wordAt(words, this.#chunk + WORD) / WORD] === FINAL_HEADER) return
        this.forget()
        if (this.#skipSearches-- > 0) return
        this.#skipSearches = SEARCH_EVERY
        for (let at = 0; at < words.length - 1; at++) {
            if (words[at] !== 0 || !isChunkEnd(words, at * WORD, wordAt(words, (at + 1) * WORD))) continue
            const ctx = contextOf(words, at * WORD)
            if (ctx === undefined) continue
            this.#chunk = at * WORD
            this.#ctx = ctx
            return
        }
    }
}

/** The word at an address of the VM; 0 outside its memory. */
function wordAt(words: Uint32Array, address: number): number {
    return words[address / WORD] ?? 0
}

function isChunkEnd(words: Uint32Array, start: number, end: number): boolean {
    const size = end - start
    return size >= MIN_CHUNK_BYTES && size <= MAX_CHUNK_BYTES && end % WORD === 0 && words[end / WORD] === FINAL_HEADER
}

/** The program's context, from the collector's record that points at this chunk. */
function contextOf(words: Uint32Array, chunk: number): number | undefined {
    for (let at = 0; at < words.length; at++) {
        if (words[at] !== chunk) continue
        const ctx = wordAt(words, at * WORD + GC_CTX - GC_FIRST_CHUNK)
        if (ctx && ctx % 8 === 0 && ctx < words.length * WORD) return ctx
    }
    return undefined
}
