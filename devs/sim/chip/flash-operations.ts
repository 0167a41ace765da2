/**
 * The flash operations that lead from one content of the store to the next, in
 * the runtime's order, and what a power cut in one of them leaves behind.
 *
 * The runtime hands over the store whenever it is consistent: after one write
 * (value, then entry), and after moving to the other side of the store (erase
 * its pages, then value and entry of each setting, then the header, which makes
 * the side valid). A flash write clears bits from the lowest address upwards;
 * an erase sets all bits of a page, in no particular order.
 * Source: jacdac-c `source/jd_fstor.c`.
 */

const PAGE_BYTES = 4096
const HEADER_BYTES = 24
const ENTRY_BYTES = 24
const ERASED = 0xff
/** Offset of the header field that holds the number of pages per side. */
const SIDE_PAGES_AT = 18

export interface FlashOperation {
    /** "erase page 4", "value at 16000", "entry 3", "header" */
    name: string
    start: number
    bytes: Uint8Array
}

/** A power cut in the Nth flash operation from now on, after some bytes of it. */
export class FlashCut {
    readonly #writtenBytes: number
    #left: number

    /** @param operation N, from 1 @param writtenBytes of that operation */
    constructor(operation: number, writtenBytes: number) {
        this.#left = operation
        this.#writtenBytes = writtenBytes
    }

    /** The torn store if the cut falls between these two contents; undefined if it does not. */
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
 * The operations in the runtime's order.
 *
 * @param before the store as the runtime handed it over
 * @param after as it handed it over the next time
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
