/** What a round would do, found without changing anything or asking anyone. */
import { isWaiting, ordersAllowedAtMs } from "./back-off.ts"
import { type Due, dueNow, isPollDue } from "./due.ts"
import type { RoundOptions } from "./round-context.ts"
import { completeStaged } from "./staging.ts"
import { DEPLOYING, type EdgeState, parseState } from "./state.ts"
import type { Parts } from "./types.ts"
import { readLiveVersion } from "./versions.ts"

export interface DryRun {
    due: Due
    /** what a round would do, each as a sentence without its subject, in this order */
    steps: string[]
}

/** @throws AirpinError or Error if the folder cannot be read, or is damaged */
export async function dryRun(options: RoundOptions, parts: Pick<Parts, "sources" | "target" | "now">): Promise<DryRun> {
    const { folder, force = false } = options
    const nowMs = parts.now().getTime()
    const state = await parseState(folder)
    const live = await readLiveVersion(folder)
    const due = dueNow(live?.chain[0], options.names, state.plan, nowMs)
    const steps: string[] = []
    if (live && state.verified !== live.name)
        steps.push(`finish what a killed round left: activate version ${live.name} and look at it as a device does`)
    if (live && isPollDue(state.plan, live.leafSha256, nowMs)) steps.push(`ask ${live.source} for its window (ARI)`)
    const waiting = state.backOff.get(DEPLOYING)
    const staged = force ? [] : await completeStaged(folder)
    const mayOrder = due.due || force
    if (!mayOrder && staged.length === 0) return { due, steps }
    if (isWaiting(waiting, nowMs) && !force)
        return { due, steps: [...steps, `deploy nothing before ${iso(waiting.untilMs)}: the last time was put back`] }
    for (const { source, keyType } of staged) steps.push(`judge again what ${source} issued with a ${keyType} key`)
    if (mayOrder) steps.push(...orderSteps(options, parts, state, nowMs))
    steps.push(`deploy the first chain that every device accepts, to ${parts.target.name}`)
    return { due, steps }
}

function orderSteps(
    { force, keyTypes }: RoundOptions,
    { sources }: Pick<Parts, "sources">,
    state: EdgeState,
    nowMs: number,
): string[] {
    const allowedAtMs = ordersAllowedAtMs(state.attempts, nowMs)
    const steps = sources.map(({ name, isLocal }) => {
        if (isLocal) return `take the certificate of ${name}`
        if (allowedAtMs > nowMs) return `order nothing before ${iso(allowedAtMs)}: the orders of a day are used up`
        const backOff = state.backOff.get(name)
        if (isWaiting(backOff, nowMs) && !force)
            return `ask ${name} for nothing before ${iso(backOff.untilMs)}, after ${backOff.failures} failures`
        return `order from ${name} unless a chain was accepted before: ${keyTypes.join(", then ")}`
    })
    return [...new Set(steps)]
}

const iso = (ms: number) => new Date(ms).toISOString()
