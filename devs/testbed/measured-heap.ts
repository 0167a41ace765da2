/** The heap of a program in its worst case, measured once for each program and chip. */
import { createHash } from "node:crypto"
import { type Program, programFor } from "../image/board-program.ts"
import { listBoards, readBoard } from "../image/boards.ts"
import type { Chip } from "../image/chip.ts"
import { VirtualPanel } from "../sim/panel/virtual-panel.ts"
import { builtOnce } from "../vm/build-cache.ts"
import { proxyHeads, worstHeap } from "./worst-heap.ts"

/** Largest use of the heap on a board with this program, garbage not counted, bytes. */
export async function measuredHeap(bytecode: Buffer, program: Program, chip: Chip): Promise<number> {
    const sources = createHash("sha256").update("heap").update(chip).update(bytecode)
    const { bytes } = await builtOnce(sources, ".json", async () => {
        const boards = await Promise.all((await listBoards()).map(readBoard))
        const board = boards.find(each => programFor(each) === program)
        const panel = board && new VirtualPanel(board)
        const { peakBytes } = await worstHeap(bytecode, chip, proxyHeads["many short headers"], panel)
        return Buffer.from(JSON.stringify(peakBytes))
    })
    return Number(bytes.toString())
}
