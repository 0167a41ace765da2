/** Servers under the same load in turn, so that what else the machine does falls on all of them alike. */
import { once } from "node:events"
import { type ServerProcess, startWorker } from "./child.ts"
import type { Load, LoadResult } from "./load.ts"
import { MAX_POSTS } from "./load.ts"
import { median, percentile } from "./statistics.ts"

/** A server to measure. */
export interface Contender {
    name: string
    server: ServerProcess
    /** PEM of the root that clients trust */
    ca: string
    /** a token for each device of a run; every run has new devices */
    tokens(count: number): Promise<string[]>
}

export interface RoundOptions {
    connections: number
    durationMs: number
    rounds: number
    /** false: not before the first round, for a test of this code */
    warmsUp?: boolean
    onRound(text: string): void
}

/** One server in all rounds of one batch size. */
export interface Measured {
    name: string
    batch: number
    /** medians of the rounds */
    readingsPerS: number
    /** CPU time of the server's process for a reading, microseconds */
    cpuUs: number
    /** latency of a post, ms, over all rounds */
    p50Ms: number
    p99Ms: number
    worstMs: number
    /** its readings per second divided by those of the first server in the same round */
    ratios: number[]
    /** the same with the CPU time: of the first server divided by its own */
    cpuRatios: number[]
    errors: Record<string, number>
}

interface Round {
    readingsPerS: number
    cpuUs: number
    result: LoadResult
}

/** Seconds between two readings: the firmware's default. */
const STEP_S = 60

/** Posts before the first that counts: code is compiled, caches fill, and files grow. */
const WARM_UP_POSTS = 4000
const WARM_UP_MS = 2000
const WARM_UP_ROUNDS = 4

/** Posts per second that are expected of a server before it was measured; three times as many are possible. */
const MAX_POSTS_PER_S = 3000

/** One row for each server; the first is what the others are compared with. */
export async function measureRounds(
    contenders: Contender[],
    batch: number,
    options: RoundOptions,
): Promise<Measured[]> {
    const rounds: Round[][] = contenders.map(() => [])
    const speeds: number[] = []
    for (const contender of contenders) speeds.push(await warmUp(contender, batch, options))
    for (let round = 0; round < options.rounds; round++)
        // every other round in the opposite order: none is always the one after another
        for (const at of orderOf(contenders.length, round)) {
            const [contender, speed = 0] = [contenders[at], speeds[at]]
            if (contender === undefined) continue
            options.onRound(`batch ${batch}, round ${round + 1} of ${options.rounds}: ${contender.name}`)
            rounds[at]?.push(await measureOnce(contender, batch, options, 3 * speed))
        }
    const [base = []] = rounds
    return contenders.map(({ name }, at) => summary(name, batch, rounds[at] ?? [], base))
}

/** @returns posts per second on one connection */
async function warmUp(contender: Contender, batch: number, options: RoundOptions): Promise<number> {
    let [posts, speed] = [0, MAX_POSTS_PER_S / options.connections]
    if (options.warmsUp === false) return speed
    for (let round = 0; round < WARM_UP_ROUNDS && posts < WARM_UP_POSTS; round++) {
        options.onRound(`batch ${batch}, warming up: ${contender.name}`)
        const { result } = await measureOnce(contender, batch, { ...options, durationMs: WARM_UP_MS }, 3 * speed)
        posts += result.latenciesMs.length
        if (posts === 0) throw new Error(`${contender.name} stores nothing: ${Object.keys(result.errors)[0]}`)
        speed = result.latenciesMs.length / (result.elapsedMs / 1000) / options.connections
    }
    return speed
}

function orderOf(count: number, round: number): number[] {
    const order = Array.from({ length: count }, (_, at) => at)
    return round % 2 === 0 ? order : order.reverse()
}

/** @param maxSpeed posts per second on one connection, at most: for so many there are devices */
async function measureOnce(
    { server, ca, tokens }: Contender,
    batch: number,
    { connections, durationMs }: RoundOptions,
    maxSpeed: number,
): Promise<Round> {
    const nowS = Math.floor(Date.now() / 1000)
    const run = Math.random().toString(36).slice(2, 10)
    const share = 1 + Math.ceil((maxSpeed * durationMs) / 1000 / MAX_POSTS)
    const all = (await tokens(connections * share)).map((token, at) => ({
        token,
        boot: `${run}-${at}`,
        stepS: STEP_S,
        batch,
        // readings of the last weeks, as after a long time without a network
        startS: nowS - 80 * 86_400,
    }))
    const devices = Array.from({ length: connections }, (_, at) => all.slice(at * share, (at + 1) * share))
    const cpuBeforeMs = server.cpuMs()
    const result = await runClient({ port: server.port, ca, devices, durationMs })
    const cpuMs = server.cpuMs() - cpuBeforeMs
    return {
        readingsPerS: result.readings / (result.elapsedMs / 1000),
        cpuUs: (cpuMs * 1000) / result.readings,
        result,
    }
}

async function runClient(load: Load): Promise<LoadResult> {
    const worker = startWorker("client.ts")
    const ended = once(worker, "exit")
    worker.send(load)
    const outcome = await Promise.race([once(worker, "message"), ended.then(() => undefined)])
    await ended
    if (outcome === undefined) throw new Error("the process of the clients failed; its output above says why")
    return outcome[0]
}

function summary(name: string, batch: number, rounds: Round[], base: Round[]): Measured {
    const latenciesMs = rounds.flatMap(({ result }) => result.latenciesMs).sort((one, other) => one - other)
    const errors: Record<string, number> = {}
    for (const { result } of rounds)
        for (const [what, count] of Object.entries(result.errors)) errors[what] = (errors[what] ?? 0) + count
    return {
        name,
        batch,
        readingsPerS: median(rounds.map(({ readingsPerS }) => readingsPerS)),
        cpuUs: median(rounds.map(({ cpuUs }) => cpuUs)),
        p50Ms: percentile(latenciesMs, 0.5),
        p99Ms: percentile(latenciesMs, 0.99),
        worstMs: percentile(latenciesMs, 1),
        ratios: rounds.map(({ readingsPerS }, at) => readingsPerS / (base[at]?.readingsPerS ?? Number.NaN)),
        cpuRatios: rounds.map(({ cpuUs }, at) => (base[at]?.cpuUs ?? Number.NaN) / cpuUs),
        errors,
    }
}
