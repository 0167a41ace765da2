import { readFile } from "node:fs/promises"
import path from "node:path"
import { InvalidArgumentError } from "@commander-js/extra-typings"
import { AirpinError } from "../../../certs/error.ts"
import { type Catalogue, FLOORS_FILE, readCatalogue } from "../../bench/all/catalogue.ts"
import { type Compared, compareRun, floorOf } from "../../bench/all/compare.ts"
import { type Machine, machineText, thisMachine } from "../../bench/all/machine.ts"
import { replaceRecorded, runText, toleranceText, valueText } from "../../bench/all/markdown.ts"
import type { Section, SectionResult } from "../../bench/all/measured.ts"
import { drawPlots } from "../../bench/all/plots.ts"
import { recordedFloors } from "../../bench/all/record.ts"
import { quickSections, sections } from "../../bench/all/sections.ts"
import { type Terminal, tableText } from "../../display/terminal.ts"
import { readFileBytes, writeWhole } from "../../files.ts"
import { withResources } from "../../resources.ts"
import { type Command, command, exitCodes, exitStatusOf, type OptionsOf, run } from "../command.ts"

/** @throws InvalidArgumentError for a name that no section has */
function sectionNames(text: string): string[] {
    const names = text.split(",")
    const unknown = names.find(name => !sections.some(section => section.name === name))
    if (unknown !== undefined) throw new InvalidArgumentError(`There is no section ${unknown}.`)
    return names
}

const declared = command()
    .name("all")
    .description("every figure of devs/bench/README.md, beside the recorded ones; 3 to 10 minutes")
    .option("--quick", "only what takes a few seconds of CPU; within a minute")
    .option("--check", "fail if a figure is worse than its floor")
    .option("--only <sections>", `of ${sections.map(({ name }) => name).join(", ")}; separated by commas`, sectionNames)
    .option("--out <folder>", "write bench.json, bench.md and plots into it")
    .option("--firmware <file>", "the runtime for images (default: the one that airpin image downloads)")
    .option("--floors <file>", "recorded figures and tolerances", FLOORS_FILE)
    .option("--record", "make this run the recorded one: floors, README and plots of devs/bench")

type BenchAllOptions = OptionsOf<typeof declared>

export const benchAll = declared.action(run((terminal, options) => benchmarkAll(options, terminal)))

const README_FILE = path.join(path.dirname(FLOORS_FILE), "README.md")
const PLOTS_FOLDER = path.join(path.dirname(FLOORS_FILE), "plots")

/** What a run found, in one piece. */
interface BenchRun {
    machine: Machine
    seconds: number
    sectionSeconds: Record<string, number>
    compared: Compared[]
    recovery: SectionResult["recovery"]
}

/** `airpin bench all`: with `--check`, exit status 1 if a figure is below its floor. */
const benchmarkAll: Command<BenchAllOptions> = async (options, terminal) => {
    const catalogue = await readCatalogue(options.floors)
    // before minutes of measuring, not after
    if (options.firmware !== undefined) await readFileBytes(options.firmware)
    if (options.out !== undefined) await writeWhole(path.join(options.out, "bench.json"), "{}\n")
    const bench = await measureAll(chosenSections(options), catalogue, options, terminal)
    for (const line of tableText([HEAD, ...bench.compared.map(rowOf)])) terminal.line("", line)
    terminal.line("machine", machineText(bench.machine))
    const sectionTexts = Object.entries(bench.sectionSeconds).map(
        ([name, seconds]) => `${name} ${seconds.toFixed(0)} s`,
    )
    terminal.line("took", `${bench.seconds.toFixed(0)} s: ${sectionTexts.join(", ")}`)
    if (options.out !== undefined) await writeReport(options.out, bench)
    if (options.record === true) await record(options.floors, bench)
    const { machine, seconds, sectionSeconds, compared, recovery } = bench
    const result = { machine, seconds, sectionSeconds, figures: compared.map(jsonOf), ...(recovery && { recovery }) }
    const below = options.check && !options.record ? belowFloor(compared) : undefined
    if (below) {
        terminal.error(below, result)
        return exitStatusOf(below)
    }
    terminal.result(result)
    return exitCodes.fine
}

async function measureAll(
    chosen: readonly Section[],
    catalogue: Catalogue,
    { quick, firmware }: BenchAllOptions,
    terminal: Terminal,
): Promise<BenchRun> {
    const startMs = performance.now()
    const machine = await thisMachine()
    const results: SectionResult[] = []
    const sectionSeconds: Record<string, number> = {}
    for (const section of chosen) {
        const onProgress = (text: string) => terminal.progress(text)
        const context = { isQuick: quick === true, firmware, onProgress }
        const sectionMs = performance.now()
        results.push(await withResources(resources => section.measure({ ...context, resources })))
        sectionSeconds[section.name] = (performance.now() - sectionMs) / 1000
    }
    return {
        machine,
        seconds: (performance.now() - startMs) / 1000,
        sectionSeconds,
        compared: compareRun(
            catalogue,
            results.flatMap(({ figures }) => figures),
        ),
        recovery: results.find(({ recovery }) => recovery)?.recovery,
    }
}

function chosenSections({ quick, only }: BenchAllOptions): readonly Section[] {
    const offered = quick ? quickSections : sections
    return only ? offered.filter(({ name }) => only.includes(name)) : offered
}

function belowFloor(compared: Compared[]): AirpinError | undefined {
    const below = compared.filter(({ verdict }) => verdict === "below")
    if (below.length === 0) return undefined
    const texts = below.map(({ id, figure, value }) => {
        const bound = figure.better === "higher" ? "at least" : "at most"
        return `${id} is ${valueText(figure, value ?? null)}, and must be ${bound} ${valueText(figure, floorOf(figure) ?? null)}`
    })
    return new AirpinError("BENCH_BELOW_FLOOR", texts.join("; "))
}

async function writeReport(folder: string, { compared, machine, seconds, recovery }: BenchRun): Promise<void> {
    const figures = compared.map(jsonOf)
    await writeWhole(
        path.join(folder, "bench.json"),
        `${JSON.stringify({ machine, seconds, figures, recovery }, null, 4)}\n`,
    )
    await writeWhole(path.join(folder, "bench.md"), runText(compared, machine, seconds))
    for (const { name, svg } of await drawPlots(compared, recovery)) await writeWhole(path.join(folder, name), svg)
}

async function record(floors: string, { compared, machine, recovery }: BenchRun): Promise<void> {
    await writeWhole(floors, recordedFloors(await readFile(floors, "utf8"), compared, machineText(machine)))
    if (floors !== FLOORS_FILE) return
    const document = await readFile(README_FILE, "utf8")
    await writeWhole(README_FILE, replaceRecorded(document, await readCatalogue(floors)))
    for (const { name, svg } of await drawPlots(compared, recovery))
        await writeWhole(path.join(PLOTS_FOLDER, name), svg)
}

const jsonOf = ({ id, value, skipped, note, figure, verdict }: Compared) => ({
    ...{ id, what: figure.what, unit: figure.unit, value, recorded: figure.recorded },
    ...{ tolerance: figure.tolerance, better: figure.better, verdict, skipped, note },
})

const HEAD = ["FIGURE", "THIS RUN", "RECORDED", "TOLERANCE", "VERDICT", "NOTE"]

const rowOf = ({ figure, value, skipped, note, verdict }: Compared): string[] => [
    figure.what,
    value === undefined ? "skipped" : valueText(figure, value),
    valueText(figure, figure.recorded),
    toleranceText(figure),
    verdict,
    skipped ?? note ?? "",
]
