/** How long reads of a large database take over HTTPS, and how long a device's post takes while many read. */
import { once } from "node:events"
import { Agent, request } from "node:https"
import { type ServerProcess, startWorker } from "./child.ts"
import type { FleetReport } from "./fleet-client.ts"
import { percentile } from "./statistics.ts"
import type { Year } from "./year.ts"

const DAY_S = 86_400

/** Of each read; the first few compile code and fill caches. */
const WARM_UP = 5

export interface ReadResult {
    what: string
    p50Ms: number
    p99Ms: number
    worstMs: number
    bytes: number
}

/** A read as a path below the server, for one device. */
interface Read {
    what: string
    path(device: string, year: Year): string
    /** true: the time of the first part of the body, not of all of it */
    first?: boolean
}

const readingsOf = (device: string) => `/api/v1/devices/${device}/readings`

const yearPath = (device: string, { endS }: Year, step: number) =>
    `${readingsOf(device)}?from=${endS - 365 * DAY_S}&to=${endS}&step=${step}`

const reads: Read[] = [
    { what: "overview", path: () => "/api/v1/devices" },
    {
        what: "a day by 5 minutes",
        path: (device, { endS }) => `${readingsOf(device)}?from=${endS - DAY_S}&to=${endS}&step=300`,
    },
    {
        what: "a day, each reading",
        path: (device, { endS }) => `${readingsOf(device)}?from=${endS - DAY_S}&to=${endS}`,
    },
    { what: "a year by day", path: (device, year) => yearPath(device, year, DAY_S) },
    { what: "a year by hour", path: (device, year) => yearPath(device, year, 3600) },
    { what: "CSV, first page", path: device => `${readingsOf(device)}.csv`, first: true },
]

/** Each read `times` times, one after the other, of another device each time. */
export async function measureReads(
    server: ServerProcess,
    ca: string,
    year: Year,
    times: number,
): Promise<ReadResult[]> {
    const agent = new Agent({ ca, keepAlive: true, maxSockets: 1 })
    const results: ReadResult[] = []
    for (const { what, path, first = false } of reads) {
        const took: number[] = []
        let bytes = 0
        for (let at = 0; at < times + WARM_UP; at++) {
            const device = year.devices[at % year.devices.length] ?? ""
            const { ms, bytes: size } = await ask(agent, server.port, path(device, year), first)
            if (at >= WARM_UP) took.push(ms)
            bytes = size
        }
        const sorted = took.sort((one, other) => one - other)
        const at = (share: number) => percentile(sorted, share)
        results.push({ what, p50Ms: at(0.5), p99Ms: at(0.99), worstMs: at(1), bytes })
    }
    agent.destroy()
    return results
}

/** @param first true: up to the first part of the body after its first line; the rest is not taken */
function ask(agent: Agent, port: number, path: string, first: boolean): Promise<{ ms: number; bytes: number }> {
    return new Promise((resolve, reject) => {
        const startMs = performance.now()
        const asking = request({ host: "localhost", port, path, agent }, response => {
            if (response.statusCode !== 200) return reject(new Error(`${path}: ${response.statusCode}`))
            let bytes = 0
            const end = () => resolve({ ms: performance.now() - startMs, bytes })
            response.on("data", chunk => {
                bytes += chunk.length
                // the header alone is no page
                if (!first || bytes < 1000) return
                end()
                asking.destroy()
            })
            response.on("end", end)
            response.on("error", reject)
        })
        asking.on("error", reject).end()
    })
}

export interface UnderReadsOptions {
    server: ServerProcess
    ca: string
    year: Year
    readers: number
    /** of the devices that post */
    tokens: string[]
    durationMs: number
}

export interface UnderReads {
    readers: number
    /** whole years that the readers got, and refusals (503) */
    reads: number
    refused: number
    posts: number
    p50Ms: number
    p99Ms: number
    worstMs: number
    errors: string[]
}

/** Devices post once a second each, while readers ask for a year by hour each all the time. */
export async function measureUnderReads(options: UnderReadsOptions): Promise<UnderReads> {
    const { server, ca, year, readers, tokens, durationMs } = options
    const reader = startWorker("reader-client.ts")
    const paths = Array.from({ length: readers }, (_, at) =>
        yearPath(year.devices[at % year.devices.length] ?? "", year, 3600),
    )
    reader.send({ port: server.port, ca, paths, durationMs: durationMs + 2000 })
    const readersDone = once(reader, "message")
    const nowS = Math.floor(Date.now() / 1000)
    const devices = tokens.map((token, at) => ({
        token,
        boot: `reads-${nowS}-${at}`,
        stepS: 1,
        batch: 1,
        startS: nowS,
    }))
    const client = startWorker("fleet-client.ts")
    const [latenciesMs, errors]: [number[], string[]] = [[], []]
    client.on("message", (report: FleetReport) => {
        latenciesMs.push(...report.latenciesMs)
        errors.push(...report.errors)
    })
    client.send({ port: server.port, ca, devices, intervalMs: 1000, durationMs })
    await once(client, "exit")
    const [{ reads, refused }] = await readersDone
    const sorted = latenciesMs.sort((one, other) => one - other)
    const at = (share: number) => percentile(sorted, share)
    return { readers, reads, refused, posts: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), worstMs: at(1), errors }
}
