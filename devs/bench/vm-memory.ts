/** How much memory a virtual chip takes, beside others in one process. */
import { once } from "node:events"
import { startWorker } from "./api/child.ts"

/**
 * RAM of one chip, bytes: what a process with so many takes beyond one with a single chip, divided by their number.
 *
 * @param chips at least 2
 */
export async function measureVmMemory(chips: number): Promise<number> {
    const worker = startWorker("../vm-memory-client.ts")
    const sizes: number[] = []
    worker.on("message", (size: number) => sizes.push(size))
    const ended = once(worker, "exit")
    worker.send(chips)
    await ended
    const [one, all] = sizes
    if (one === undefined || all === undefined) throw new Error("the process failed; its output above says why")
    return (all - one) / (chips - 1)
}
