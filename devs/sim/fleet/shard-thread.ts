/** Runs a shard in a worker thread, as the messages of `fleet.ts` ask for. */
import { parentPort, workerData } from "node:worker_threads"
import type { FleetDeviceResult, FleetPlan, FleetProgress } from "./plan.ts"
import { Shard } from "./shard.ts"
import { WindowClock } from "./window-clock.ts"

/** What the thread is started with. */
export interface ShardPlan extends FleetPlan {
    /** its number */
    thread: number
    /** the memory of the fleet's `WindowClock` */
    windowsEnded: Int32Array
}

/** What the thread does next. */
export type ShardRequest = { untilMs: number; endMs: number } | "endMeasuring" | "progress" | "finish"

/** What it sends when that is done. */
export type ShardResponse = { progress?: FleetProgress; results?: FleetDeviceResult[] }

// Whoever starts the thread has typed its data.
const { thread, windowsEnded, ...plan }: ShardPlan = workerData
const shard = new Shard(plan)
const clock = new WindowClock(plan.startMs, windowsEnded)

parentPort?.on("message", async (request: ShardRequest) => {
    parentPort?.postMessage(await respond(request))
})

async function respond(request: ShardRequest): Promise<ShardResponse> {
    if (typeof request === "object") {
        const { untilMs, endMs } = request
        await clock.run(thread, untilMs, windowEndMs => shard.runUntil(windowEndMs, endMs))
        if (untilMs >= endMs) await shard.catchUp(endMs)
    }
    if (request === "endMeasuring") shard.endMeasuring()
    if (request === "progress") return { progress: shard.progress() }
    if (request === "finish") return { results: shard.finish() }
    return {}
}
