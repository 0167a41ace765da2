/** `airpin soak`: days of devices with everything going wrong at random, and a reckoning of every reading. */

import path from "node:path"
import { InvalidArgumentError, Option } from "@commander-js/extra-typings"
import { discrepanciesOf, SoakDisplay, totalsOf } from "../display/soak.ts"
import type { Terminal } from "../display/terminal.ts"
import { dayReporter, inParallel, soakInProcess } from "../soak/jobs.ts"
import { readReproducer, writeReproducer } from "../soak/reproducer.ts"
import {
    planCase,
    runCase,
    type SoakCase,
    type SoakHooks,
    type SoakProgress,
    type SoakResult,
    type SoakScale,
} from "../soak/soak-case.ts"
import { command, exitCodes, type OptionsOf, run } from "./command.ts"
import { wholeNumber } from "./option-values.ts"

const MAX_SEEDS = 1000

const declared = command()
    .option("--days <n>", "simulated days", wholeNumber(1, 365), 30)
    .option("--devices <n>", "number of devices", wholeNumber(1, 100), 5)
    .option("--seed <n>", "seed of faults, rooms and chips: one, or a range like 1..20", seeds, [1])
    .option(
        "--fault-density <n>",
        "divide the pauses between faults, and outages over two hours, by this",
        wholeNumber(1, 100),
        1,
    )
    .option("--jobs <n>", "seeds at once, each in a process of its own", wholeNumber(1, 64), 1)
    .addOption(
        new Option(
            "--reproduce <file>",
            "run the soak of a reproducer file; its list of faults may be edited",
        ).conflicts(["days", "devices", "seed", "faultDensity", "jobs"]),
    )
    .option("--out <folder>", "where reproducer files are written", ".airpin")
    .addOption(new Option("--no-reproducer-file").hideHelp())
    .addHelpText("after", "\nExit status 1 if a reading is unaccounted for; a reproducer file is written then.")

type SoakOptions = OptionsOf<typeof declared>

export const definition = declared.action(run((terminal, options) => runSoak(options, terminal)))

/** "7", or "1..20": both ends inside. */
function seeds(text: string): number[] {
    const [, first = "", last = first] = /^(\d{1,10})(?:\.\.(\d{1,10}))?$/.exec(text) ?? []
    const count = Number(last) - Number(first) + 1
    if (first === "" || count < 1 || count > MAX_SEEDS || Number(last) >= 2 ** 32)
        throw new InvalidArgumentError(`It must be a whole number, or a range like 1..20 of at most ${MAX_SEEDS}.`)
    return Array.from({ length: count }, (_, at) => Number(first) + at)
}

/** @param hooks for tests: a service that is not what it should be */
export async function runSoak(options: SoakOptions, terminal: Terminal, hooks: SoakHooks = {}): Promise<number> {
    const cases = options.reproduce
        ? [await readReproducer(options.reproduce)]
        : options.seed.map(seed => planCase(seed, options))
    const display = new SoakDisplay(terminal, cases[0]!.days)
    const results: SoakResult[] = []
    display.started(
        cases.map(({ seed }) => seed),
        cases[0]!.devices.length,
    )
    const keepReproducer = async (soakCase: SoakCase, histories?: SoakResult["devices"]) => {
        if (options.reproduce || !options.reproducerFile) return
        const file = path.join(options.out, `soak-${soakCase.seed}.json5`)
        await writeReproducer(file, soakCase, histories)
        display.reproducer(file)
    }
    await inParallel(cases, options.jobs, async soakCase => {
        const running =
            cases.length > 1 && options.jobs > 1
                ? soakElsewhere(soakCase.seed, options, display)
                : soakHere(soakCase, display, hooks)
        const result = await running.catch(async error => {
            await keepReproducer(soakCase)
            throw error
        })
        results.push(result)
        display.seed(result)
        if (discrepanciesOf(result).length > 0) await keepReproducer(soakCase, result.devices)
    })
    display.summary(results)
    results.sort((a, b) => a.seed - b.seed)
    terminal.result({ ...totalsOf(results), discrepancies: results.flatMap(discrepanciesOf), seeds: results })
    return results.every(result => discrepanciesOf(result).length === 0) ? exitCodes.fine : exitCodes.failed
}

function soakElsewhere(seed: number, scale: SoakScale, display: SoakDisplay): Promise<SoakResult> {
    return soakInProcess(seed, scale, progress => display.progress(progress))
}

function soakHere(toSoak: SoakCase, display: SoakDisplay, hooks: SoakHooks): Promise<SoakResult> {
    const reportDay = dayReporter()
    const onProgress = (progress: SoakProgress) => {
        display.progress(progress)
        reportDay(progress)
    }
    return runCase(toSoak, { ...hooks, onProgress })
}
