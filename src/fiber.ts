import * as ds from "@devicescript/core"
import { errorText, log } from "./log"

/** Pause before a failed fiber runs again: long enough that a fault in a loop does not flood the log. */
const RETRY_MS = 5000

/**
 * Runs `body` in a fiber of its own, for ever: when it returns, it is called
 * again. Exceptions are caught and logged, because one that leaves a fiber stops
 * the whole program.
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

/** Runs `body` in a fiber of its own, again after each exception, until it returns. */
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

/** A piece of work that is due repeatedly and takes little time. */
export interface Task {
    /** uptime at which `step` is due, ms */
    dueMs: number
    /** Does the work. Must move `dueMs`, also if it throws. */
    step(): Promise<void>
}

/** Runs tasks for ever in one fiber, which takes less heap than a fiber each; a slow task delays the others. */
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

/** Returns at `atMs` of uptime; at once if that has passed. */
export async function sleepUntil(atMs: number) {
    const restMs = atMs - ds.millis()
    if (restMs > 0) await ds.sleep(restMs)
}

/** Whole seconds of uptime. */
export function uptimeS(): number {
    return Math.floor(ds.millis() / 1000)
}
