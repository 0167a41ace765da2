import * as ds from "@devicescript/core"
import { errorText, log } from "./log"

/** Pause before a fiber that failed runs again: long enough that a fault in a loop floods nothing. */
const RETRY_MS = 5000

/**
 * Runs `body` in a fiber of its own, for ever: when it ends, it starts anew.
 * An exception in any fiber would stop the whole program, so it ends here.
 */
export function keepRunning(name: string, body: () => Promise<void>) {
    repeat.start(name, body)
}

async function repeat(name: string, body: () => Promise<void>) {
    while (true) {
        try {
            await body()
        } catch (error) {
            await logAndPause(name, error as Error)
        }
    }
}

/** Runs `body` in a fiber of its own until it ends without an exception. */
export function runOnce(name: string, body: () => Promise<void>) {
    retry.start(name, body)
}

async function retry(name: string, body: () => Promise<void>) {
    while (true) {
        try {
            return await body()
        } catch (error) {
            await logAndPause(name, error as Error)
        }
    }
}

async function logAndPause(name: string, error: Error): Promise<void> {
    log(`fault fiber=${name} error=${errorText(error)}`)
    await ds.sleep(RETRY_MS)
}

/** Something to be done again and again, each time in a moment. */
export interface Task {
    /** uptime at which it is to be done next, ms */
    dueMs: number
    /** Does it, and sets `dueMs`; also when it throws. */
    step(): Promise<void>
}

/** Does these tasks for ever in one fiber, which costs less heap than one each; but the one waits for the other. */
export function runTasks(name: string, tasks: Task[]) {
    runInTurn.start(name, tasks)
}

async function runInTurn(name: string, tasks: Task[]) {
    while (true) {
        let next = tasks[0]
        for (let i = 1; i < tasks.length; i++) if (tasks[i].dueMs < next.dueMs) next = tasks[i]
        try {
            if (next.dueMs > ds.millis()) await ds.sleep(next.dueMs - ds.millis())
            else await next.step()
        } catch (error) {
            await logAndPause(name, error as Error)
        }
    }
}

/** Returns at `atMs` of uptime; at once when that is past. */
export async function sleepUntil(atMs: number) {
    const restMs = atMs - ds.millis()
    if (restMs > 0) await ds.sleep(restMs)
}

/** Whole seconds of uptime. */
export function uptimeS(): number {
    return Math.floor(ds.millis() / 1000)
}
