/** `airpin soak`: days of devices with everything going wrong at random, and a reckoning of every reading. */
import path from "node:path"
import { complaintsOf, SoakDisplay, sumOf } from "../display/soak.ts"
import type { Terminal } from "../display/terminal.ts"
import { dayTeller, inParallel, soakInProcess } from "../soak/jobs.ts"
import { readSoakReplay, writeReplay } from "../soak/reproducer.ts"
import {
    caseOf,
    type SoakCase,
    type SoakHooks,
    type SoakProgress,
    type SoakResult,
    type SoakScale,
    soakCase,
} from "../soak/seed-run.ts"
import { type Command, exitCodes } from "./command.ts"

export interface SoakOptions extends SoakScale {
    seed: number[]
    jobs: number
    /** a file to run again */
    replay?: string
    /** the folder for replay files */
    out: string
    /** false: the one who started this process writes it */
    replayFile: boolean
}

export const soak: Command<SoakOptions> = (options, terminal) => runSoak(options, terminal)

/** @param hooks for tests: a service that is not what it should be */
export async function runSoak(options: SoakOptions, terminal: Terminal, hooks: SoakHooks = {}): Promise<number> {
    const cases = options.replay
        ? [await readSoakReplay(options.replay)]
        : options.seed.map(seed => caseOf(seed, options))
    const display = new SoakDisplay(terminal, cases[0]!.days)
    const results: SoakResult[] = []
    display.started(
        cases.map(({ seed }) => seed),
        cases[0]!.devices.length,
    )
    const keepReplay = async (soakCase: SoakCase, books?: SoakResult["devices"]) => {
        if (options.replay || !options.replayFile) return
        const file = path.join(options.out, `soak-${soakCase.seed}.json5`)
        await writeReplay(file, soakCase, books)
        display.replay(file)
    }
    await inParallel(cases, options.jobs, async soakCase => {
        const running =
            cases.length > 1 && options.jobs > 1
                ? soakElsewhere(soakCase.seed, options, display)
                : soakHere(soakCase, display, hooks)
        const result = await running.catch(async error => {
            await keepReplay(soakCase)
            throw error
        })
        results.push(result)
        display.seed(result)
        if (complaintsOf(result).length > 0) await keepReplay(soakCase, result.devices)
    })
    display.summary(results)
    results.sort((a, b) => a.seed - b.seed)
    terminal.result({ ...sumOf(results), discrepancies: results.flatMap(complaintsOf), seeds: results })
    return results.every(result => complaintsOf(result).length === 0) ? exitCodes.fine : exitCodes.failed
}

function soakElsewhere(seed: number, scale: SoakScale, display: SoakDisplay): Promise<SoakResult> {
    return soakInProcess(seed, scale, progress => display.progress(progress))
}

function soakHere(toSoak: SoakCase, display: SoakDisplay, hooks: SoakHooks): Promise<SoakResult> {
    const tellDay = dayTeller()
    const onProgress = (progress: SoakProgress) => {
        display.progress(progress)
        tellDay(progress)
    }
    return soakCase(toSoak, { ...hooks, onProgress })
}
