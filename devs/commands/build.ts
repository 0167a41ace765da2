import { bytesText } from "../display/terminal.ts"
import { type Program, programFor, programs } from "../image/board-program.ts"
import { listBoards, readBoard } from "../image/boards.ts"
import { type Chip, chips } from "../image/chip.ts"
import { measuredHeap } from "../testbed/measured-heap.ts"
import { heapBudgets } from "../testbed/worst-heap.ts"
import { buildFirmware, unpackPackages } from "../vm/firmware.ts"
import { functionsEnd, MAX_FUNCTIONS_END } from "../vm/function-bytecode.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "./command.ts"

const declared = command().option("--no-heap", "do not measure the heap, which takes a minute after each change")

export const definition = declared.action(run((terminal, options) => build(options, terminal)))

/** `airpin build`: compiles the firmware's programs, and shows their sizes and their heap in the worst case. */
const build: Command<OptionsOf<typeof declared>> = async ({ heap }, terminal) => {
    const boards = await Promise.all((await listBoards()).map(readBoard))
    const results: Record<string, object> = {}
    for (const program of programNames) {
        terminal.progress(`compiling ${programs[program]} …`)
        const { bytecode, cached } = await buildFirmware(programs[program])
        await unpackPackages()
        const functionBytes = functionsEnd(bytecode)
        const ids = boards.filter(board => programFor(board) === program).map(({ id }) => id)
        terminal.line(
            program,
            `${bytesText(bytecode.length)} of bytecode${cached ? " (unchanged)" : ""}; functions end at ${exactText(functionBytes)} of ${exactText(MAX_FUNCTIONS_END)}`,
        )
        terminal.line("", `boards: ${ids.join(", ")}`)
        const heapPeakBytes: Partial<Record<Chip, number>> = {}
        const budgets = heap ? (Object.entries(heapBudgets[program]) as [Chip, number][]) : []
        for (const [chip, budget] of budgets) {
            terminal.progress(`measuring the heap of ${programs[program]} on the ${chip} …`)
            const peak = await measuredHeap(bytecode, program, chip)
            heapPeakBytes[chip] = peak
            terminal.line(
                "",
                `heap of the ${chip}: at most ${exactText(peak)} of ${exactText(chips[chip].heapBytes)}; budget ${exactText(budget)}`,
            )
        }
        results[program] = { boards: ids, bytecodeBytes: bytecode.length, functionBytes, heapPeakBytes, cached }
    }
    terminal.result(results)
    return exitCodes.fine
}

const programNames: Program[] = ["plain", "light", "screen", "powered", "stick"]

const exactText = (bytes: number) => `${bytes.toLocaleString("en")} B`
