/** A process that measures the heap of one program. Started by sections/firmware.ts. */
import { type Program, programs } from "../../image/board-program.ts"
import type { Chip } from "../../image/chip.ts"
import { measuredHeap } from "../../testbed/measured-heap.ts"
import { buildFirmware } from "../../vm/firmware.ts"

export interface HeapTask {
    program: Program
    chip: Chip
}

process.on("message", async ({ program, chip }: HeapTask) => {
    const { bytecode } = await buildFirmware(programs[program])
    process.send?.(await measuredHeap(bytecode, program, chip))
    process.disconnect()
})
