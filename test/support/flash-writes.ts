/** Flash contents after a power cut during a write. */
import { flashOperations } from "../../devs/sim/chip/flash-operations.ts"

/** Content of the store after a power cut, and the moment of the cut. */
export interface Cut {
    /** "erase page 4", "value at 16000", "entry 3", "header" and how far it came */
    at: string
    flash: Buffer
}

/**
 * Every state that a power cut can leave between two contents: before each
 * operation, in its middle, one byte short of its end, and after the last.
 *
 * @param before content of the store before the write
 * @param after content after it
 */
export function cutsBetween(before: Uint8Array, after: Uint8Array): Cut[] {
    const flash = Buffer.from(before)
    const cuts: Cut[] = []
    for (const { name, start, bytes } of flashOperations(before, after)) {
        for (const written of new Set([0, bytes.length >> 1, bytes.length - 1])) {
            const torn = Buffer.from(flash)
            torn.set(bytes.subarray(0, written), start)
            cuts.push({ at: `${name}, ${written} of ${bytes.length} bytes`, flash: torn })
        }
        flash.set(bytes, start)
    }
    cuts.push({ at: "done", flash: Buffer.from(flash) })
    return cuts
}
