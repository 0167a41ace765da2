/** Bytecode and heap of the firmware's programs. */
import { type Program, programs } from "../../../image/board-program.ts"
import type { Chip } from "../../../image/chip.ts"
import { measuredHeap } from "../../../testbed/measured-heap.ts"
import { heapBudgets } from "../../../testbed/worst-heap.ts"
import { buildFirmware } from "../../../vm/firmware.ts"
import type { Measured, Section } from "../measured.ts"

const programNames: Program[] = ["plain", "light", "screen", "powered", "stick"]

export const firmwareSection: Section = {
    name: "firmware",
    async measure({ isQuick, onProgress }) {
        const figures: Measured[] = []
        for (const program of programNames) {
            onProgress(`firmware: compiling ${programs[program]}`)
            const { bytecode } = await buildFirmware(programs[program])
            figures.push({ id: `bytecode.${program}`, value: bytecode.length })
            if (isQuick) continue
            for (const [chip, budget] of Object.entries(heapBudgets[program]) as [Chip, number][]) {
                onProgress(`firmware: heap of ${programs[program]} on the ${chip}`)
                const value = await measuredHeap(bytecode, program, chip)
                figures.push({ id: `heap.${program}.${chip}`, value, note: `budget ${budget.toLocaleString("en")}` })
            }
        }
        return { figures }
    },
}
