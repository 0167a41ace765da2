/** Thousands of devices over worker threads, on one virtual clock, of which no thread runs far ahead. */
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import { sumByReason } from "../counters.ts"
import type { FleetDeviceResult, FleetPlan, FleetProgress } from "./plan.ts"
import type { ShardPlan, ShardRequest, ShardResponse } from "./shard-thread.ts"
import { WindowClock } from "./window-clock.ts"

const workerFile = new URL("./shard-worker.mjs", import.meta.url)

export class Fleet {
    readonly #threads: ShardThread[]
    readonly #clock: WindowClock

    /** @param threads number of worker threads; as many as the machine has cores, if absent */
    constructor(plan: FleetPlan, threads = availableParallelism()) {
        const count = Math.max(1, Math.min(threads, plan.devices.length))
        this.#clock = new WindowClock(plan.startMs, WindowClock.memory(count))
        this.#threads = Array.from({ length: count }, (_, thread) => {
            const devices = plan.devices.filter((_, device) => device % count === thread)
            return new ShardThread({ ...plan, devices, thread, windowsEnded: this.#clock.ended })
        })
    }

    /** The time that every thread has reached, ms since the Unix epoch. */
    now(): number {
        return this.#clock.now()
    }

    get threads(): number {
        return this.#threads.length
    }

    /**
     * Runs all devices.
     *
     * @param untilMs a whole second, ms since the Unix epoch
     * @param endMs no device goes beyond it
     * @throws what ended a thread
     */
    async runUntil(untilMs: number, endMs: number): Promise<void> {
        await this.#all({ untilMs, endMs })
    }

    /** Unplugs the sensors of all devices: from now on they only deliver. */
    async endMeasuring(): Promise<void> {
        await this.#all("endMeasuring")
    }

    /** What the devices have done so far, and the waits for responses since the last call. */
    async progress(): Promise<FleetProgress> {
        const parts = (await this.#all("progress")).flatMap(({ progress }) => progress ?? [])
        return parts.reduce(added)
    }

    /** Powers all devices off. @returns what each did, in the order of their ids */
    async finish(): Promise<FleetDeviceResult[]> {
        const results = (await this.#all("finish")).flatMap(({ results }) => results ?? [])
        return results.sort((a, b) => (a.id < b.id ? -1 : 1))
    }

    async close(): Promise<void> {
        await Promise.all(this.#threads.map(thread => thread.close()))
    }

    #all(request: ShardRequest): Promise<ShardResponse[]> {
        return Promise.all(this.#threads.map(thread => thread.ask(request)))
    }
}

/** A thread that is asked one thing at a time. */
class ShardThread {
    readonly #worker: Worker
    readonly #failed: Promise<never>
    #respond: ((response: ShardResponse) => void) | undefined

    constructor(plan: ShardPlan) {
        this.#worker = new Worker(workerFile, { workerData: plan })
        this.#worker.on("message", (response: ShardResponse) => this.#respond?.(response))
        this.#failed = new Promise((_, reject) => this.#worker.once("error", reject))
        this.#failed.catch(() => undefined) // whoever asks next gets the error
    }

    ask(request: ShardRequest): Promise<ShardResponse> {
        const response = new Promise<ShardResponse>(resolve => (this.#respond = resolve))
        this.#worker.postMessage(request)
        return Promise.race([response, this.#failed])
    }

    async close(): Promise<void> {
        await this.#worker.terminate()
    }
}

function added(a: FleetProgress, b: FleetProgress): FleetProgress {
    return {
        running: a.running + b.running,
        taken: a.taken + b.taken,
        acknowledged: a.acknowledged + b.acknowledged,
        lost: a.lost + b.lost,
        refusals: a.refusals + b.refusals,
        statuses: sumByReason([a.statuses, b.statuses]),
        responseMs: [...a.responseMs, ...b.responseMs],
    }
}
