/** Bytecode and heap of the firmware's programs. */
import { once } from "node:events"
import { availableParallelism } from "node:os"
import { type Program, programs } from "../../../image/board-program.ts"
import type { Chip } from "../../../image/chip.ts"
import { heapBudgets } from "../../../testbed/worst-heap.ts"
import { buildFirmware } from "../../../vm/firmware.ts"
import { startWorker } from "../../api/child.ts"
import type { HeapTask } from "../heap-client.ts"
import type { BenchContext, Measured, Section } from "../measured.ts"

const programNames: Program[] = ["plain", "light", "screen", "powered", "stick"]

export const firmwareSection: Section = {
    name: "firmware",
    async measure(context) {
        const figures: Measured[] = []
        for (const program of programNames) {
            context.onProgress(`firmware: compiling ${programs[program]}`)
            const { bytecode } = await buildFirmware(programs[program])
            figures.push({ id: `bytecode.${program}`, value: bytecode.length })
        }
        return { figures: context.isQuick ? figures : [...figures, ...(await heaps(context))] }
    },
}

/** Computing alone, which takes minutes: one process for each core. */
async function heaps({ onProgress }: BenchContext): Promise<Measured[]> {
    const tasks = programNames.flatMap(program =>
        (Object.keys(heapBudgets[program]) as Chip[]).map(chip => ({ program, chip })),
    )
    const measured: Measured[] = []
    const waiting = [...tasks]
    const work = async () => {
        for (let task = waiting.shift(); task; task = waiting.shift()) {
            onProgress(`firmware: heap of ${programs[task.program]} on the ${task.chip}`)
            measured.push({ id: `heap.${task.program}.${task.chip}`, value: await heapOf(task) })
        }
    }
    await Promise.all(Array.from({ length: availableParallelism() }, work))
    return measured
}

/** @throws Error if the process failed */
async function heapOf(task: HeapTask): Promise<number> {
    const worker = startWorker("../all/heap-client.ts")
    const ended = once(worker, "exit")
    worker.send(task)
    const outcome = await Promise.race([once(worker, "message"), ended.then(() => undefined)])
    await ended
    if (outcome === undefined)
        throw new Error(`the heap of ${task.program} was not measured; the output above says why`)
    return outcome[0]
}
