/** Several soaks at once, each in a process of its own that runs `airpin soak` for one seed. */
import { fork } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { AirpinError } from "../../certs/error.ts"
import { endWithProcess } from "../../certs/pull/end-with-process.ts"
import type { SoakProgress, SoakResult } from "./run-case.ts"
import type { SoakScale } from "./soak-case.ts"

const COMMAND = fileURLToPath(new URL("../airpin.mjs", import.meta.url))

/** Does `work` for each item, for at most `jobs` of them at a time. */
export async function inParallel<Item>(
    items: Item[],
    jobs: number,
    work: (item: Item) => Promise<void>,
): Promise<void> {
    const left = [...items]
    const worker = async () => {
        for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item)
    }
    await Promise.all(Array.from({ length: jobs }, worker))
}

/**
 * The result of one seed.
 *
 * @param onProgress called after each simulated day
 * @throws AirpinError SOAK_FAILED when the process ends without a result
 */
export async function soakInProcess(
    seed: number,
    { days, devices, board, faultDensity }: SoakScale,
    onProgress: (progress: SoakProgress) => void,
): Promise<SoakResult> {
    const options = { seed, days, devices, "fault-density": faultDensity, ...(board && { board: board.id }) }
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`])
    const child = endWithProcess(
        fork(COMMAND, ["soak", "--json", ...args, "--no-reproducer-file"], { silent: true }),
        "SIGTERM", // so that it deletes its temporary folder
    )
    const { stdout, stderr } = child
    if (!stdout || !stderr) throw new Error("fork gave no pipes for the output")
    child.on("message", message => isProgress(message) && onProgress(message))
    await once(child, "spawn")
    const [output, errors] = await Promise.all([text(stdout), text(stderr)])
    const result = parseResult(output)
    if (!result)
        throw new AirpinError("SOAK_FAILED", `seed ${seed}: ${errors.trim() || "its process ended without a result"}`)
    return result
}

/** Sends each new day to the process that called `soakInProcess`, if there is one, and ends when that one has ended. */
export function dayReporter(): (progress: SoakProgress) => void {
    let reportedDay = 0
    if (process.send) process.once("disconnect", () => process.exit())
    return progress => {
        if (progress.day === reportedDay) return
        reportedDay = progress.day
        process.send?.(progress)
    }
}

function isProgress(message: unknown): message is SoakProgress {
    const counts: Partial<Record<keyof SoakProgress, unknown>> = Object(message)
    return [counts.seed, counts.day, counts.readings, counts.faults].every(Number.isInteger)
}

function parseResult(json: string): SoakResult | undefined {
    try {
        // The same program wrote it.
        const { seeds }: { seeds?: SoakResult[] } = JSON.parse(json)
        return seeds?.[0]
    } catch {
        return undefined
    }
}
