/** The command `npm run trial:edge`. */
import { Option } from "@commander-js/extra-typings"
import { command } from "../../../devs/commands/command.ts"
import { wholeNumber } from "../../../devs/commands/option-values.ts"
import { handleSignals } from "../../../devs/commands/signals.ts"
import { Resources } from "../../../devs/resources.ts"
import { changes } from "./changes.ts"
import { sourceNames } from "./fronts/front.ts"
import { frontKinds, missingFor } from "./fronts/kinds.ts"
import { resultText } from "./report.ts"
import { runTrial, timeToHttps } from "./run-trial.ts"

const { front, source, days, speed, https } = command()
    .name("trial:edge")
    .description(
        "bring up a CA (pebble), the API and a server in front of it on loopback, obtain a certificate through HTTP-01, " +
            "pin it, have a simulated device post, and change the certificate in every way a CA may",
    )
    .addOption(new Option("--front <names...>", "only these").choices(frontKinds.map(({ name }) => name)))
    .addOption(new Option("--source <names...>", "only these").choices(sourceNames))
    .option("--days <n>", "device-days after each change", wholeNumber(1, 1000), 1)
    .option("--speed <n>", "device-seconds in a second, at most", wholeNumber(1, 100_000), 3600)
    .option("--https", "only measure the time from an empty folder to HTTPS")
    .addHelpText("after", "\nExit status: 0 as it must be; 1 not so; 2 a program is missing, or wrong usage")
    .parse()
    .opts()
const print = (line: string) => process.stdout.write(`${line}\n`)

handleSignals()
process.on("SIGHUP", () => process.exit(1)) // the terminal is gone
const resources = new Resources()
// the folders of everything that is started: they go with this one, also when a signal ends the trial
process.env.TMPDIR = resources.temporaryFolder("trial-edge")

const beganAtMs = performance.now()
const seconds = (ms: number) => (ms / 1000).toFixed(1)
const trials = frontKinds
    .filter(({ name }) => front === undefined || front.includes(name))
    .flatMap(kind => kind.sources.map(name => ({ kind, source: name })))
    .filter(trial => source === undefined || source.includes(trial.source))
const missing = trials.map(trial => missingFor(trial.kind, trial.source)).find(text => text !== undefined)

process.exitCode = missing === undefined ? await tryAll() : 2
if (missing !== undefined) print(`cannot be tried here: ${missing}`)
await resources.close()
process.exit()

async function tryAll(): Promise<number> {
    const common = { changes, speed, scalesFront: true, daysPerChange: days, intervalS: 60, batch: 5 }
    const texts: string[] = []
    const times: string[] = []
    const faults: string[] = []
    for (const trial of trials) {
        const title = `${trial.kind.name}, ${trial.source}`
        const onStep = (step: string, took: number) =>
            print(`${seconds(performance.now() - beganAtMs).padStart(7)} s  ${title}: ${step} (${took.toFixed(1)} s)`)
        try {
            const result = https
                ? { httpsMs: await timeToHttps({ ...trial, onStep }) }
                : await runTrial({ ...trial, ...common, onStep })
            times.push(`time to HTTPS from nothing: ${seconds(result.httpsMs)} s (${title})`)
            if (!("faults" in result)) continue
            texts.push(resultText(title, result))
            faults.push(...result.faults)
        } catch (error) {
            faults.push(`${title}: ${error instanceof Error ? error.message : error}`)
            texts.push(`WRONG  ${faults.at(-1)}\n`)
        }
    }
    print("")
    for (const text of texts) print(text)
    for (const time of times) print(time)
    print(`${seconds(performance.now() - beganAtMs)} s in all`)
    return faults.length > 0 ? 1 : 0
}
