/** The same devices through nginx and directly, in turns, so that what else the machine does falls on both. */
import path from "node:path"
import type { Resources } from "../../resources.ts"
import { type Credentials, makeCredentials, startOnSqlite } from "../api/contenders.ts"
import { type FleetOptions, type FleetResult, runFleet } from "../api/fleet.ts"
import { median, percentile } from "../api/statistics.ts"
import { startNginxBefore } from "./nginx-before.ts"

export interface EdgeLoad {
    devices: number
    intervalS: number
    /** of one turn */
    durationMs: number
    /** turns of each way */
    turns: number
    /** nginx program */
    program: string
    onTurn(text: string): void
}

/** One way to the API over all its turns. */
export interface Way {
    name: "direct" | "nginx"
    /** of a post, ms */
    p50Ms: number
    p99Ms: number
    worstMs: number
    posts: number
    errors: string[]
    /** CPU time of nginx and the API for a post, ms; median of the turns */
    cpuMsPerPost: number
    /** CPU time of nginx alone */
    proxyCpuMsPerPost: number
}

interface Contender {
    name: Way["name"]
    tokens(count: number): Promise<string[]>
    server: FleetOptions["server"]
    proxyCpuMs(): number
}

interface Turn {
    result: FleetResult
    cpuMs: number
    proxyCpuMs: number
}

const LIMITS = ["--max-connections", "60000", "--max-connections-per-address", "60000"]

/** @returns directly, then through nginx */
export async function measureEdge(resources: Resources, load: EdgeLoad): Promise<[direct: Way, nginx: Way]> {
    const folder = resources.temporaryFolder("bench-edge")
    const credentials = await makeCredentials(folder)
    const direct = await startDirect(resources, folder, credentials)
    const behind = await startBehindNginx(resources, folder, credentials, load)
    const turns = { direct: [] as Turn[], nginx: [] as Turn[] }
    for (let turn = 0; turn < load.turns; turn++)
        for (const contender of turn % 2 === 0 ? [direct, behind] : [behind, direct]) {
            load.onTurn(`turn ${turn + 1} of ${load.turns}: ${contender.name}`)
            turns[contender.name].push(await runTurn(contender, credentials.ca, load))
        }
    return [summary("direct", turns.direct), summary("nginx", turns.nginx)]
}

async function startDirect(resources: Resources, folder: string, credentials: Credentials): Promise<Contender> {
    const api = await startOnSqlite(resources, path.join(folder, "direct.db"), credentials, LIMITS)
    return { name: "direct", tokens: api.tokens, server: api.server, proxyCpuMs: () => 0 }
}

async function startBehindNginx(
    resources: Resources,
    folder: string,
    credentials: Credentials,
    { devices, program }: EdgeLoad,
): Promise<Contender> {
    const http = ["--http", "--trust-proxy", "127.0.0.1", ...LIMITS]
    const api = await startOnSqlite(resources, path.join(folder, "nginx.db"), credentials, http)
    const nginx = await startNginxBefore(resources, {
        ...{ folder, credentials, apiPort: api.server.port, program },
        // a connection of the device, and for a moment one to the API
        workerConnections: 2 * devices + 500,
    })
    const server = {
        port: nginx.port,
        cpuMs: () => nginx.cpuMs() + api.server.cpuMs(),
        rssBytes: () => nginx.rssBytes() + api.server.rssBytes(),
    }
    return { name: "nginx", tokens: api.tokens, server, proxyCpuMs: () => nginx.cpuMs() }
}

/** CPU time counts from the first post on, without the handshakes. */
async function runTurn(contender: Contender, ca: string, load: EdgeLoad): Promise<Turn> {
    const { server, proxyCpuMs, name } = contender
    const tokens = await contender.tokens(load.devices)
    let proxyStartMs: number | undefined
    const startMs = performance.now()
    const result = await runFleet({
        ...{ server, ca, tokens, intervalS: load.intervalS, durationMs: load.durationMs },
        onProgress: text => {
            if (text.startsWith(`${load.devices} connected`)) proxyStartMs ??= proxyCpuMs()
            load.onTurn(`${name}: ${text}`)
        },
    })
    const elapsedMs = performance.now() - startMs - result.connectS * 1000
    const cpuMs = result.cpuShare * elapsedMs
    return { result, cpuMs, proxyCpuMs: proxyCpuMs() - (proxyStartMs ?? 0) }
}

function summary(name: Way["name"], turns: Turn[]): Way {
    const sorted = turns.flatMap(({ result }) => result.latenciesMs).sort((one, other) => one - other)
    const perPost = (cpuMs: (turn: Turn) => number) =>
        median(turns.map(turn => cpuMs(turn) / turn.result.latenciesMs.length))
    return {
        name,
        p50Ms: percentile(sorted, 0.5),
        p99Ms: percentile(sorted, 0.99),
        worstMs: percentile(sorted, 1),
        posts: sorted.length,
        errors: turns.flatMap(({ result }) => result.periods.flatMap(({ errors }) => errors)),
        cpuMsPerPost: perPost(({ cpuMs }) => cpuMs),
        proxyCpuMsPerPost: perPost(({ proxyCpuMs }) => proxyCpuMs),
    }
}
