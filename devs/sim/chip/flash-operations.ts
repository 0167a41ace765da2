/**
 * The single operations of flash between two contents of the store, in the
 * order in which the runtime does them, and what a power cut leaves of them.
 *
 * The runtime hands over the store when it has synchronised it: after one
 * write (value, then entry), and after it moved to the other side of the store
 * (erase its pages, then value and entry of each, then the header, by which it
 * becomes valid). A write into flash clears bits from the lowest address on;
 * an erasure sets all of a page, in no order that could be relied on.
 * Source: jacdac-c `source/jd_fstor.c`.
 */

const PAGE_BYTES = 4096
const HEADER_BYTES = 24
const ENTRY_BYTES = 24
const ERASED = 0xff
/** Where the number of pages of one side stands in the header. */
const SIDE_PAGES_AT = 18

export interface FlashOperation {
    /** "erase page 4", "value at 16000", "entry 3", "header" */
    name: string
    start: number
    bytes: Uint8Array
}

/** A power cut in the so-manyth operation from now on, of which so many bytes are done. */
export class FlashCut {
    readonly #writtenBytes: number
    #left: number

    /** @param operation from 1 */
    constructor(operation: number, writtenBytes: number) {
        this.#left = operation
        this.#writtenBytes = writtenBytes
    }

    /** What the store holds when the cut falls between these two contents; undefined while it does not. */
    between(before: Uint8Array, after: Uint8Array): Uint8Array | undefined {
        const operations = flashOperations(before, after)
        const last = operations[this.#left - 1]
        const done = operations.slice(0, this.#left - 1)
        this.#left -= operations.length
        if (!last) return undefined
        const torn = Uint8Array.from(before)
        for (const { start, bytes } of [...done, { ...last, bytes: last.bytes.subarray(0, this.#writtenBytes) }])
            torn.set(bytes, start)
        return torn
    }
}

/**
 * @param before the store as it was handed over
 * @param after as it was handed over next
 */
export function flashOperations(before: Uint8Array, after: Uint8Array): FlashOperation[] {
    const sideBytes = new DataView(after.buffer, after.byteOffset).getUint16(SIDE_PAGES_AT, true) * PAGE_BYTES
    return [0, sideBytes].flatMap(side => sideOperations(before, after, side, sideBytes))
}

function sideOperations(before: Uint8Array, after: Uint8Array, side: number, sideBytes: number): FlashOperation[] {
    const changed = (at: number, length: number) =>
        Buffer.compare(before.subarray(at, at + length), after.subarray(at, at + length)) !== 0
    if (!changed(side, sideBytes)) return []
    const erased = changed(side, HEADER_BYTES)
    const program = (name: string, start: number, length: number) => ({
        name,
        start,
        bytes: after.slice(start, start + length),
    })
    const done: FlashOperation[] = []
    if (erased)
        for (let at = side; at < side + sideBytes; at += PAGE_BYTES)
            done.push({
                name: `erase page ${at / PAGE_BYTES}`,
                start: at,
                bytes: new Uint8Array(PAGE_BYTES).fill(ERASED),
            })
    for (const { at, offset, size } of entries(after, side, sideBytes)) {
        if (!erased && !changed(at, ENTRY_BYTES)) continue
        if (offset >= side && offset < side + sideBytes && size > 0)
            done.push(program(`value at ${offset}`, offset, size))
        done.push(program(`entry ${(at - side - HEADER_BYTES) / ENTRY_BYTES}`, at, ENTRY_BYTES))
    }
    if (erased) done.push(program("header", side, HEADER_BYTES))
    return done
}

function entries(flash: Uint8Array, side: number, sideBytes: number): { at: number; offset: number; size: number }[] {
    const view = new DataView(flash.buffer, flash.byteOffset)
    const found = []
    for (let at = side + HEADER_BYTES; at < side + sideBytes; at += ENTRY_BYTES) {
        const offset = view.getUint32(at + 16, true)
        if (offset === 0xffffffff) break
        found.push({ at, offset, size: view.getUint32(at + 20, true) })
    }
    return found
}
