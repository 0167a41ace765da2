import path from "node:path"
import {
    makeCredentials,
    ON_POSTGRES,
    startBare,
    startOnPostgres,
    startOnSqlite,
    UNGROUPED,
} from "../../bench/api/contenders.ts"
import { type Measured, measureRounds } from "../../bench/api/rounds.ts"
import { type Terminal, tableText } from "../../display/terminal.ts"
import { withResources } from "../../resources.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "../command.ts"
import { wholeNumber } from "../option-values.ts"

const BATCHES = [1, 5, 60]

const declared = command()
    .name("api")
    .description("readings per second that the API stores, beside a bare server")
    .option("--connections <n>", "devices that post at the same time", wholeNumber(1, 1000), 16)
    .option("--rounds <n>", "rounds of each server, in turn", wholeNumber(1, 100), 5)
    .option("--no-postgres", "without PostgreSQL")
    .option("--seconds <n>", "length of a round", wholeNumber(1, 600), 4)

type BenchApiOptions = OptionsOf<typeof declared>

export const benchApi = declared.action(run((terminal, options) => measureApi(options, terminal)))

/** `airpin bench api`: what the API stores, beside a server that does nothing else. */
const measureApi: Command<BenchApiOptions> = ({ connections, rounds, seconds, postgres }, terminal) =>
    withResources(async resources => {
        const folder = resources.temporaryFolder("bench")
        const credentials = await makeCredentials(folder)
        const contenders = [
            await startBare(resources, folder, credentials),
            await startOnSqlite(resources, path.join(folder, "airpin.db"), credentials),
            ...(postgres ? await startOnPostgres(resources, credentials) : []),
        ]
        const options = {
            connections,
            rounds,
            durationMs: seconds * 1000,
            onRound: (text: string) => terminal.progress(text),
        }
        const results: Measured[] = []
        for (const batch of BATCHES) results.push(...(await measureRounds(contenders, batch, options)))
        for (const row of tableText([HEAD, ...results.map(rowOf)])) terminal.line("", row)
        for (const batch of BATCHES) reportGain(terminal, batch, results)
        terminal.result(results)
        return exitCodes.fine
    })

/** What group commit gains on PostgreSQL, round by round. */
function reportGain(terminal: Terminal, batch: number, results: Measured[]): void {
    const of = (name: string) => results.find(result => result.batch === batch && result.name === name)?.ratios
    const without = of(UNGROUPED)
    const gains = of(ON_POSTGRES)?.map((ratio, at) => ratio / (without?.[at] ?? Number.NaN))
    if (gains) terminal.line("gain", `${rangeText(gains)} times as many with group commit, batch ${batch}, PostgreSQL`)
}

const HEAD = [
    "BATCH",
    "SERVER",
    "READINGS/s",
    "P50",
    "P99",
    "CPU/READING",
    "OF BARE (RANGE)",
    "BY CPU (RANGE)",
    "ERRORS",
]

function rowOf({ name, batch, readingsPerS, p50Ms, p99Ms, cpuUs, ratios, cpuRatios, errors }: Measured): string[] {
    return [
        String(batch),
        name,
        Math.round(readingsPerS).toLocaleString("en"),
        `${p50Ms.toFixed(2)} ms`,
        `${p99Ms.toFixed(2)} ms`,
        `${cpuUs.toFixed(1)} µs`,
        rangeText(ratios),
        rangeText(cpuRatios),
        Object.entries(errors)
            .map(([what, count]) => `${count} × ${what}`)
            .join("; "),
    ]
}

/** "0.81 (0.78–0.85)" */
function rangeText(ratios: number[]): string {
    const sorted = [...ratios].sort((one, other) => one - other)
    const [low = 0, high = 0] = [sorted[0], sorted.at(-1)]
    const middle = sorted[Math.floor(sorted.length / 2)] ?? 0
    return `${middle.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`
}
