/** All devices come back at once after an outage: how long until the server has stored what they kept. */
import { once } from "node:events"
import { MAX_BATCH } from "../../../src/wire.ts"
import { startWorker } from "./child.ts"
import type { RecoveryReport, RecoveryShare } from "./recovery-client.ts"
import type { Contender } from "./rounds.ts"
import { percentile } from "./statistics.ts"

export interface Outage {
    devices: number
    /** readings that each device has kept */
    readingsEach: number
    onProgress(text: string): void
}

export interface Recovery {
    name: string
    readings: number
    /** from the first handshake until the last reading is acknowledged, and so on the disk */
    seconds: number
    /** CPU time of the server's process in all of it */
    cpuSeconds: number
    /** of a post, ms */
    p50Ms: number
    p99Ms: number
    worstMs: number
    /** posts that the server refused; each was repeated */
    refused: number
    /** readings stored by a time in seconds, ascending */
    stored: { atS: number; readings: number }[]
}

const STEP_S = 60

/** @throws Error if a device lost its connection */
export async function measureRecovery(
    { name, server, ca, tokens }: Contender,
    { devices, readingsEach, onProgress }: Outage,
): Promise<Recovery> {
    const startS = Math.floor(Date.now() / 1000) - readingsEach * STEP_S
    const run = Math.random().toString(36).slice(2, 10)
    const all = (await tokens(devices)).map((token, at) => ({
        ...{ token, boot: `${run}-${at}`, stepS: STEP_S, batch: MAX_BATCH, startS },
    }))
    const posts = Math.ceil(readingsEach / MAX_BATCH)
    const cpuMs = server.cpuMs()
    const startMs = performance.now()
    const result: Recovery = {
        ...{ name, readings: 0, seconds: 0, cpuSeconds: 0, p50Ms: 0, p99Ms: 0, worstMs: 0, refused: 0 },
        stored: [{ atS: 0, readings: 0 }],
    }
    const latenciesMs: number[] = []
    const devicesEnded = await runClient({ port: server.port, ca, devices: all, posts }, report => {
        for (const latency of report.latenciesMs) latenciesMs.push(latency)
        result.refused += report.refused
        result.readings = latenciesMs.length * MAX_BATCH
        result.seconds = (performance.now() - startMs) / 1000
        result.stored.push({ atS: result.seconds, readings: result.readings })
        onProgress(`${name}: ${result.readings.toLocaleString("en")} readings stored`)
    })
    if (devicesEnded !== 0)
        throw new Error(`the process of the devices failed; its output above says why; ${server.condition()}`)
    const sorted = latenciesMs.sort((one, other) => one - other)
    return {
        ...result,
        cpuSeconds: (server.cpuMs() - cpuMs) / 1000,
        p50Ms: percentile(sorted, 0.5),
        p99Ms: percentile(sorted, 0.99),
        worstMs: percentile(sorted, 1),
    }
}

/** @returns the exit code of the devices' process */
async function runClient(share: RecoveryShare, onReport: (report: RecoveryReport) => void) {
    const worker = startWorker("recovery-client.ts")
    worker.on("message", onReport)
    const ended = once(worker, "exit")
    worker.send(share)
    const [code] = await ended
    return code
}
