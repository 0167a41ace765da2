/** `airpin soak`: runs devices for days under random faults and reconciles every reading. */

import { stat } from "node:fs/promises"
import path from "node:path"
import { InvalidArgumentError, Option } from "@commander-js/extra-typings"
import { AirpinError } from "../../certs/error.ts"
import { SoakDisplay } from "../display/soak.ts"
import type { Terminal } from "../display/terminal.ts"
import { readBoard } from "../image/boards.ts"
import { dayReporter, inParallel, soakInProcess } from "../soak/jobs.ts"
import { totalsOf } from "../soak/ledger.ts"
import { readReproducer, writeReproducer } from "../soak/reproducer.ts"
import { discrepanciesOf, runCase, type SoakHooks, type SoakProgress, type SoakResult } from "../soak/run-case.ts"
import { planCase, type SoakCase, type SoakScale } from "../soak/soak-case.ts"
import { command, exitCodes, type OptionsOf, run } from "./command.ts"
import { wholeNumber } from "./option-values.ts"

const MAX_SEEDS = 1000

const declared = command()
    .option("--days <n>", "simulated days", wholeNumber(1, 365), 30)
    .option("--devices <n>", "number of devices", wholeNumber(1, 100), 5)
    .option("--board <id>", "the devices' board, with its light and its screen (default: chips in turn, without them)")
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
        ).conflicts(["days", "devices", "board", "seed", "faultDensity", "jobs"]),
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

/** @param hooks for tests: a service that falsifies its records */
export async function runSoak(options: SoakOptions, terminal: Terminal, hooks: SoakHooks = {}): Promise<number> {
    const board = options.board === undefined ? undefined : await readBoard(options.board)
    const { days: plannedDays, devices, faultDensity } = options
    const scale: SoakScale = { days: plannedDays, devices, faultDensity, ...(board && { board }) }
    const { cases, days, deviceCount } = await readCases(options, scale)
    if (options.reproducerFile && !options.reproduce) await requireFolder(options.out)
    const display = new SoakDisplay(terminal, days)
    display.started(
        cases.map(({ seed }) => seed),
        deviceCount,
    )
    const results: SoakResult[] = []
    await inParallel(cases, options.jobs, async soakCase => {
        const result = await runOrKeep(soakCase, options, scale, display, hooks, cases.length > 1 && options.jobs > 1)
        results.push(result)
        const discrepancies = discrepanciesOf(result)
        display.seed(result, totalsOf(ledgersOf(result)), discrepancies)
        if (discrepancies.length > 0) await keepReproducer(soakCase, options, display, result)
    })
    results.sort((a, b) => a.seed - b.seed)
    const totals = totalsOf(results.flatMap(ledgersOf))
    const discrepancies = results.flatMap(discrepanciesOf)
    display.summary(totals)
    terminal.result({ ...totals, discrepancies, seeds: results })
    return discrepancies.length === 0 ? exitCodes.fine : exitCodes.failed
}

/** Checked before the days of a soak, at whose end a reproducer file may be written. */
async function requireFolder(folder: string): Promise<void> {
    const found = await stat(folder).catch(() => undefined) // made when a file is written into it
    if (found && !found.isDirectory()) throw new AirpinError("PATH_UNSUITABLE", `--out: ${folder} is not a folder`)
}

async function readCases(
    options: SoakOptions,
    scale: SoakScale,
): Promise<{ cases: SoakCase[]; days: number; deviceCount: number }> {
    if (options.reproduce) {
        const soakCase = await readReproducer(options.reproduce)
        return { cases: [soakCase], days: soakCase.days, deviceCount: soakCase.devices.length }
    }
    const cases = options.seed.map(seed => planCase(seed, scale))
    return { cases, days: options.days, deviceCount: options.devices }
}

const ledgersOf = ({ devices }: SoakResult) => Object.values(devices).map(({ ledger }) => ledger)

/** Runs the case; writes its reproducer file if that throws after the first reading. */
async function runOrKeep(
    soakCase: SoakCase,
    options: SoakOptions,
    scale: SoakScale,
    display: SoakDisplay,
    hooks: SoakHooks,
    inOwnProcess: boolean,
): Promise<SoakResult> {
    let hasBegun = false
    const show = (progress: SoakProgress) => {
        hasBegun = true
        display.progress(progress)
    }
    try {
        if (inOwnProcess) return await soakInProcess(soakCase.seed, scale, show)
        const reportDay = dayReporter()
        const onProgress = (progress: SoakProgress) => {
            show(progress)
            reportDay(progress)
        }
        return await runCase(soakCase, { ...hooks, onProgress })
    } catch (error) {
        if (hasBegun) await keepReproducer(soakCase, options, display)
        throw error
    }
}

async function keepReproducer(
    soakCase: SoakCase,
    { reproduce, reproducerFile, out }: SoakOptions,
    display: SoakDisplay,
    result?: SoakResult,
): Promise<void> {
    if (reproduce || !reproducerFile) return
    const file = path.join(out, `soak-${soakCase.seed}.json5`)
    await writeReproducer(file, soakCase, result?.devices)
    display.reproducer(file)
}
