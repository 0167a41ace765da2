import path from "node:path"
import { makeCredentials, startOnSqlite } from "../../bench/api/contenders.ts"
import { type FleetResult, runFleet } from "../../bench/api/fleet.ts"
import { bytesText, type Terminal, tableText } from "../../display/terminal.ts"
import { withResources } from "../../resources.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "../command.ts"
import { wholeNumber } from "../option-values.ts"

const declared = command()
    .name("clients")
    .description("thousands of devices on keep-alive connections, posting at a device's pace")
    .option("--count <n>", "devices", wholeNumber(1, 50_000), 5000)
    .option("--interval <s>", "seconds between two posts of a device", wholeNumber(1, 3600), 10)
    .option("--seconds <n>", "how long they post", wholeNumber(1, 86_400), 120)

type BenchClientsOptions = OptionsOf<typeof declared>

export const benchClients = declared.action(run((terminal, options) => measureClients(options, terminal)))

/** A post that takes longer has failed the measurement, ms. */
const MAX_LATENCY_MS = 1000

/** `airpin bench clients`: exit status 1 if a post failed or took longer than a second. */
const measureClients: Command<BenchClientsOptions> = ({ count, interval, seconds }, terminal) =>
    withResources(async resources => {
        const folder = resources.temporaryFolder("bench")
        const credentials = await makeCredentials(folder)
        const limits = ["--max-connections", "60000", "--max-connections-per-address", "60000"]
        const started = await startOnSqlite(resources, path.join(folder, "airpin.db"), credentials, limits)
        const { server, ca, tokens } = started
        const result = await runFleet({
            server,
            ca,
            tokens: await tokens(count),
            intervalS: interval,
            durationMs: seconds * 1000,
            onProgress: text => terminal.progress(text),
        })
        show(terminal, result)
        const { latenciesMs: _, ...figures } = result
        terminal.result(figures)
        const isFine = result.periods.every(({ errors, worstMs }) => errors.length === 0 && worstMs <= MAX_LATENCY_MS)
        return isFine ? exitCodes.fine : exitCodes.failed
    })

function show(terminal: Terminal, { clients, connectS, rssBytes, cpuShare, periods }: FleetResult): void {
    terminal.line("clients", `${clients} connected in ${connectS.toFixed(1)} s`)
    terminal.line("memory", `${bytesText(rssBytes.idle)} before, ${bytesText(rssBytes.connected)} with all of them`)
    terminal.line("server", `${(cpuShare * 100).toFixed(0)} % of a core`)
    const head = ["AFTER", "POSTS", "P50", "P99", "WORST", "ERRORS", "SERVER'S MEMORY"]
    const rows = periods.map(({ endS, posts, p50Ms, p99Ms, worstMs, errors, rssBytes }) => [
        `${endS.toFixed(0)} s`,
        String(posts),
        ...[p50Ms, p99Ms, worstMs].map(ms => `${ms.toFixed(1)} ms`),
        errors.length > 0 ? `${errors.length}: ${errors[0]}` : "0",
        bytesText(rssBytes),
    ])
    for (const row of tableText([head, ...rows])) terminal.line("", row)
}
