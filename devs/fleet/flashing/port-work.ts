/** Works on every port at which something is plugged in, several at once. */
import { setTimeout as sleep } from "node:timers/promises"
import { type AirpinError, asAirpinError } from "../../../certs/error.ts"
import { type ChipPort, type FoundPort, openPort } from "../../flash/serial-port.ts"
import { type Plugged, PortWatch } from "./port-watch.ts"

/** Shorter than anybody needs to pull one plug and push in another. */
const LOOK_EVERY_MS = 250
/** udev sets a port's group a moment after the port appears, and ModemManager looks at it first. */
const OPEN_ATTEMPTS = 5
const OPEN_AGAIN_MS = 400

export interface PortWorkOptions {
    /** only these ports; empty: all that may be chips' */
    ports: string[]
    /** at how many ports at once */
    jobs: number
    /** ends it: what is being done at a port is left where it is */
    signal: AbortSignal
}

/** What is done with one chip from plugging in until it may be pulled. */
export interface PortWork {
    run(port: ChipPort): Promise<void>
    /** called unless the signal ended it; what was plugged in can be pulled and plugged in again */
    failed(error: AirpinError): void
}

/**
 * Begins a work for each chip that is plugged in. Resolves when all is done and nothing is under way, or soon after the
 * signal.
 *
 * @throws AirpinError PORT_NOT_FOUND if the system cannot list its ports; what `failed` throws
 */
export async function workOnPorts(
    { ports, jobs, signal, isDone }: PortWorkOptions & { isDone(): boolean },
    begin: (path: string) => PortWork,
): Promise<void> {
    const watch = new PortWatch(ports)
    const handled = new WeakSet<Plugged>()
    const lanes = new Map<Plugged, Promise<void>>()
    const failures: unknown[] = []
    while (!signal.aborted && !isDone() && failures.length === 0) {
        for (const port of await watch.look()) {
            const isBusy = [...lanes.keys()].some(({ path }) => path === port.path)
            if (handled.has(port) || isBusy || lanes.size >= jobs) continue
            handled.add(port)
            const lane = workAt(port, begin(port.path), signal).catch(error => failures.push(error))
            lanes.set(
                port,
                lane.then(() => void lanes.delete(port)),
            )
        }
        await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
    }
    await Promise.all(lanes.values())
    if (failures.length > 0) throw failures[0]
}

async function workAt(found: FoundPort, work: PortWork, signal: AbortSignal): Promise<void> {
    try {
        const port = await openSoon(found)
        const stop = () => void port.release().catch(() => undefined)
        signal.addEventListener("abort", stop, { once: true })
        try {
            if (!signal.aborted) await work.run(port)
        } finally {
            signal.removeEventListener("abort", stop)
            await port.release().catch(() => undefined)
        }
    } catch (error) {
        if (!signal.aborted) work.failed(asAirpinError(error))
    }
}

/** @throws AirpinError as `openPort`, after a few attempts */
async function openSoon(found: FoundPort): Promise<ChipPort> {
    for (let attempt = 1; ; attempt++) {
        try {
            return await openPort(found)
        } catch (error) {
            if (attempt === OPEN_ATTEMPTS) throw error
            await sleep(OPEN_AGAIN_MS)
        }
    }
}
