/**
 * CPU time that the same bytecode takes for a second of its own time: in `devs run` of DeviceScript, which knows real
 * time only, and on a virtual chip of airpin. There is no server and no sensor: every reply on the bus has a bad CRC,
 * as in `devs run`, which has no bus.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { endWithProcess } from "../../certs/pull/end-with-process.ts"
import { withResources } from "../resources.ts"
import { buildFirmware } from "../vm/firmware.ts"
import { cpuMsOf } from "./api/child.ts"
import { startChip } from "./idle-chip.ts"

export interface VmSpeed {
    /** CPU time for a second of the program's time, ms; one value a round */
    devsRun: number[]
    airpin: number[]
    /** of `devs run` divided by that of airpin in the same round */
    ratios: number[]
}

export interface VmSpeedOptions {
    rounds: number
    /** of `devs run`, in a round, after its start */
    realSeconds: number
    /** of airpin, in a round */
    simulatedSeconds: number
}

/** Both take the program's first seconds to find that no sensor responds; these do not count. */
const START_S = 4
const START_LIMIT_MS = 30_000

export async function measureVmSpeed({ rounds, realSeconds, simulatedSeconds }: VmSpeedOptions): Promise<VmSpeed> {
    const { bytecode } = await buildFirmware()
    const result: VmSpeed = { devsRun: [], airpin: [], ratios: [] }
    for (let round = 0; round < rounds; round++) {
        const before = await airpinMs(bytecode, simulatedSeconds / 2)
        const devsRun = await devsRunMs(bytecode, realSeconds)
        const after = await airpinMs(bytecode, simulatedSeconds / 2)
        const airpin = (before + after) / 2
        result.devsRun.push(devsRun)
        result.airpin.push(airpin)
        result.ratios.push(devsRun / airpin)
    }
    return result
}

async function airpinMs(bytecode: Uint8Array, seconds: number): Promise<number> {
    const chip = await startChip(bytecode)
    chip.runFor(START_S * 1000)
    const before = process.cpuUsage()
    chip.runFor(seconds * 1000)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000 / seconds
}

/** In a folder of its own, because the CLI writes into the one it runs in. */
function devsRunMs(bytecode: Uint8Array, seconds: number): Promise<number> {
    return withResources(async resources => {
        const cwd = resources.temporaryFolder("bench-devs")
        const file = path.join(cwd, "main.devs")
        writeFileSync(file, bytecode)
        const cli = createRequire(import.meta.url).resolve("@devicescript/cli/devicescript")
        const limitMs = START_LIMIT_MS + (START_S + seconds) * 2000
        const args = [cli, "run", "--ignore-missing-config", "--test", "--test-timeout", String(limitMs), file]
        const child = endWithProcess(spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "ignore"] }))
        const ended = once(child, "exit")
        resources.add(async () => {
            child.kill("SIGKILL")
            await ended
        })
        await started(child.stdout)
        await sleep(START_S * 1000)
        const [startMs, cpuMs] = [performance.now(), cpuMsOf(child.pid)]
        await sleep(seconds * 1000)
        return (cpuMsOf(child.pid) - cpuMs) / ((performance.now() - startMs) / 1000)
    })
}

/** Resolves when the program logs its first line. @throws Error with the output if it does not */
async function started(stdout: NodeJS.ReadableStream): Promise<void> {
    let output = ""
    const found = new Promise<void>((resolve, reject) => {
        stdout.on("data", data => {
            output += data
            if (output.includes("boot id=")) resolve()
        })
        stdout.once("close", () => reject(new Error(`devs run ended: ${output.slice(-2000)}`)))
    })
    await found
}
