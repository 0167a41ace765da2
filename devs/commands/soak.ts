/** `airpin soak`: days of devices with everything going wrong at random, and a reckoning of every reading. */
import path from "node:path"
import { discrepanciesOf, SoakDisplay, totalsOf } from "../display/soak.ts"
import type { Terminal } from "../display/terminal.ts"
import { dayReporter, inParallel, soakInProcess } from "../soak/jobs.ts"
import { readReproducer, writeReproducer } from "../soak/reproducer.ts"
import {
    planCase,
    type SoakCase,
    type SoakHooks,
    type SoakProgress,
    type SoakResult,
    type SoakScale,
    runCase,
} from "../soak/soak-case.ts"
import { type Command, exitCodes } from "./command.ts"

export interface SoakOptions extends SoakScale {
    seed: number[]
    jobs: number
    /** a file to run again */
    reproduce?: string
    /** the folder for reproducer files */
    out: string
    /** false: the one who started this process writes it */
    reproducerFile: boolean
}

export const soak: Command<SoakOptions> = (options, terminal) => runSoak(options, terminal)

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
