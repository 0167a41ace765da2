/** Several soaks at once, each in a process of its own that runs this same command for one seed. */
import { fork } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { AirpinError } from "../../certs/error.ts"
import type { SoakProgress, SoakResult, SoakScale } from "./soak-case.ts"

const COMMAND = fileURLToPath(new URL("../airpin.mjs", import.meta.url))

/** Does `work` for each item, for so many at a time. */
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
 * @param onProgress hears of each simulated day
 * @throws AirpinError SOAK_FAILED when the process did not come to a result
 */
export async function soakInProcess(
    seed: number,
    { days, devices, faultDensity }: SoakScale,
    onProgress: (progress: SoakProgress) => void,
): Promise<SoakResult> {
    const args = [
        "soak",
        "--json",
        "--seed",
        `${seed}`,
        "--days",
        `${days}`,
        "--devices",
        `${devices}`,
        "--fault-density",
        `${faultDensity}`,
        "--no-reproducer-file",
    ]
    const child = fork(COMMAND, args, { silent: true })
    child.on("message", progress => onProgress(progress as SoakProgress))
    await once(child, "spawn")
    const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!)])
    const result = resultOf(stdout)
    if (!result)
        throw new AirpinError("SOAK_FAILED", `seed ${seed}: ${stderr.trim() || "its process ended without a result"}`)
    return result
}

/** Tells each day to the process that `soakInProcess` runs in, if there is one. */
export function dayReporter(): (progress: SoakProgress) => void {
    let reportedDay = 0
    return progress => {
        if (progress.day === reportedDay) return
        reportedDay = progress.day
        process.send?.(progress)
    }
}

function resultOf(stdout: string): SoakResult | undefined {
    try {
        return (JSON.parse(stdout) as { seeds?: SoakResult[] }).seeds?.[0]
    } catch {
        return undefined
    }
}
