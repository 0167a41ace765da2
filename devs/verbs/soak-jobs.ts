/** Several soaks at once, each in a process of its own that runs this same command for one seed. */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { AirpinError } from "../../certs/error.ts"
import type { SoakResult } from "./soak-seed.ts"

const COMMAND = fileURLToPath(new URL("../airpin.mjs", import.meta.url))
/** A result has a few hundred bytes for each start of each device. */
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024

/** Does `work` for each item, for so many at a time. */
export async function inParallel<Item>(items: Item[], jobs: number, work: (item: Item) => Promise<void>): Promise<void> {
    const left = [...items]
    const takeTurns = async () => {
        for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item)
    }
    await Promise.all(Array.from({ length: jobs }, takeTurns))
}

/**
 * The result of one seed.
 *
 * @throws AirpinError SOAK_FAILED when the process did not come to a result
 */
export function soakInProcess(seed: number, days: number, devices: number): Promise<SoakResult> {
    const args = [COMMAND, "soak", "--json", "--seed", `${seed}`, "--days", `${days}`, "--devices", `${devices}`, "--no-replay-file"]
    return new Promise((resolve, reject) => {
        execFile(process.execPath, args, { maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout, stderr) => {
            const result = resultOf(stdout)
            if (result) resolve(result)
            else reject(new AirpinError("SOAK_FAILED", `seed ${seed}: ${stderr.trim() || error?.message}`))
        })
    })
}

function resultOf(stdout: string): SoakResult | undefined {
    try {
        return (JSON.parse(stdout) as { seeds?: SoakResult[] }).seeds?.[0]
    } catch {
        return undefined
    }
}
