import { measureEdge, type Way } from "../../bench/edge/turns.ts"
import { type Terminal, tableText } from "../../display/terminal.ts"
import { withResources } from "../../resources.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "../command.ts"
import { wholeNumber } from "../option-values.ts"

const declared = command()
    .name("edge")
    .description("what nginx in front of the API costs: latency and CPU time, as ratios")
    .option("--count <n>", "devices on keep-alive connections", wholeNumber(1, 50_000), 2000)
    .option("--interval <s>", "seconds between two posts of a device", wholeNumber(1, 3600), 10)
    .option("--seconds <n>", "how long they post in a turn", wholeNumber(1, 86_400), 40)
    .option("--turns <n>", "of each way", wholeNumber(1, 100), 2)
    .option("--nginx <program>", "the nginx to measure", "nginx")

type BenchEdgeOptions = OptionsOf<typeof declared>

export const benchEdge = declared.action(run((terminal, options) => benchmarkEdge(options, terminal)))

/** `airpin bench edge`: exit status 1 if a post failed. */
const benchmarkEdge: Command<BenchEdgeOptions> = ({ count, interval, seconds, turns, nginx: program }, terminal) =>
    withResources(async resources => {
        const [direct, nginx] = await measureEdge(resources, {
            ...{ devices: count, intervalS: interval, durationMs: seconds * 1000, turns, program },
            onTurn: text => terminal.progress(text),
        })
        const ratios = {
            p50: nginx.p50Ms / direct.p50Ms,
            p99: nginx.p99Ms / direct.p99Ms,
            cpu: nginx.cpuMsPerPost / direct.cpuMsPerPost,
        }
        show(terminal, direct, nginx, ratios)
        terminal.result({ devices: count, direct, nginx, ratios })
        return direct.errors.length + nginx.errors.length === 0 ? exitCodes.fine : exitCodes.failed
    })

function show(terminal: Terminal, direct: Way, nginx: Way, ratios: Record<"p50" | "p99" | "cpu", number>): void {
    const rows = [direct, nginx].map(way => [
        way.name,
        String(way.posts),
        ...[way.p50Ms, way.p99Ms, way.worstMs].map(ms => `${ms.toFixed(1)} ms`),
        `${way.cpuMsPerPost.toFixed(2)} ms`,
        `${way.proxyCpuMsPerPost.toFixed(2)} ms`,
        way.errors.length > 0 ? `${way.errors.length}: ${way.errors[0]}` : "0",
    ])
    const head = ["", "POSTS", "P50", "P99", "WORST", "CPU/POST", "OF NGINX", "ERRORS"]
    const ratio = ["ratio", "", ratios.p50.toFixed(2), ratios.p99.toFixed(2), "", ratios.cpu.toFixed(2), "", ""]
    for (const row of tableText([head, ...rows, ratio])) terminal.line("", row)
}
