/** Thousands of devices at a device's pace, each on a keep-alive connection of its own. */
import { once } from "node:events"
import { type ServerProcess, startWorker } from "./child.ts"
import type { DevicePosts } from "./device-posts.ts"
import type { FleetReport, FleetShare } from "./fleet-client.ts"
import { percentile } from "./statistics.ts"

/** Connections of one client process. */
const MAX_SHARE = 2500

export interface FleetOptions {
    server: Pick<ServerProcess, "port" | "cpuMs" | "rssBytes">
    ca: string
    tokens: string[]
    intervalS: number
    durationMs: number
    onProgress(text: string): void
}

/** A part of the time; `rssBytes` is the server's memory at its end. */
export interface FleetPeriod {
    endS: number
    rssBytes: number
    posts: number
    p50Ms: number
    p99Ms: number
    worstMs: number
    errors: string[]
}

export interface FleetResult {
    clients: number
    connectS: number
    /** the server's memory before the first connection, and with all connections before the first post */
    rssBytes: { idle: number; connected: number }
    /** CPU time of the server's process per second while devices post */
    cpuShare: number
    periods: FleetPeriod[]
    /** of the acknowledged posts in all periods, ms, ascending */
    latenciesMs: number[]
}

const PERIODS = 8

/** @throws Error if a client could not connect */
export async function runFleet({
    server,
    ca,
    tokens,
    intervalS,
    durationMs,
    onProgress,
}: FleetOptions): Promise<FleetResult> {
    const idle = server.rssBytes()
    const startMs = performance.now()
    const nowS = Math.floor(Date.now() / 1000)
    const devices = tokens.map((token, at) => ({
        token,
        boot: `fleet-${at}`,
        stepS: intervalS,
        batch: 1,
        startS: nowS,
    }))
    const reports = startShares(devices, { port: server.port, ca, intervalMs: intervalS * 1000, durationMs })
    const result: FleetResult = {
        clients: tokens.length,
        connectS: 0,
        rssBytes: { idle, connected: 0 },
        cpuShare: 0,
        periods: [],
        latenciesMs: [],
    }
    let [connected, postingMs, cpuMs] = [0, 0, 0]
    let [latenciesMs, errors]: [number[], string[]] = [[], []]
    const closePeriod = () => {
        const sorted = latenciesMs.sort((one, other) => one - other)
        const at = (share: number) => percentile(sorted, share)
        const endS = (performance.now() - postingMs) / 1000
        const times = { p50Ms: at(0.5), p99Ms: at(0.99), worstMs: at(1) }
        result.periods.push({ endS, rssBytes: server.rssBytes(), posts: sorted.length, ...times, errors })
        ;[latenciesMs, errors] = [[], []]
    }
    for await (const report of reports) {
        connected += report.connected
        for (const latency of report.latenciesMs) {
            latenciesMs.push(latency)
            result.latenciesMs.push(latency)
        }
        errors.push(...report.errors)
        if (postingMs === 0 && connected === tokens.length) {
            postingMs = performance.now()
            cpuMs = server.cpuMs()
            result.connectS = (postingMs - startMs) / 1000
            result.rssBytes.connected = server.rssBytes()
        }
        const doneMs = postingMs === 0 ? 0 : performance.now() - postingMs
        onProgress(`${connected} connected, ${Math.round(doneMs / 1000)} of ${durationMs / 1000} s`)
        if (doneMs >= ((result.periods.length + 1) * durationMs) / PERIODS && result.periods.length < PERIODS - 1)
            closePeriod()
    }
    result.cpuShare = (server.cpuMs() - cpuMs) / (performance.now() - postingMs)
    closePeriod()
    result.latenciesMs.sort((one, other) => one - other)
    return result
}

/** The reports of all processes as they come. */
async function* startShares(devices: DevicePosts[], share: Omit<FleetShare, "devices">): AsyncGenerator<FleetReport> {
    const processes = Math.ceil(devices.length / MAX_SHARE)
    const reports: FleetReport[] = []
    let [running, failed, wake] = [processes, 0, () => {}]
    for (let at = 0; at < processes; at++) {
        const worker = startWorker("fleet-client.ts")
        worker.on("message", (report: FleetReport) => {
            reports.push(report)
            wake()
        })
        void once(worker, "exit").then(([code]) => {
            running--
            if (code !== 0) failed++
            wake()
        })
        worker.send({ ...share, devices: devices.filter((_, index) => index % processes === at) })
    }
    while (running > 0 || reports.length > 0) {
        const report = reports.shift()
        if (report) yield report
        else await new Promise<void>(resolve => (wake = resolve))
    }
    if (failed > 0) throw new Error(`${failed} of ${processes} client processes failed; their output above says why`)
}
