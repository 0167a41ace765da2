/** Waits until the server has something of each device since it was flashed. */
import { setTimeout as sleep } from "node:timers/promises"
import { asAirpinError } from "../../certs/error.ts"
import type { FleetDevice } from "./list/check-list.ts"
import type { FleetServer } from "./server.ts"
import type { FleetState } from "./state.ts"

const ASK_EVERY_MS = 2000

/** Asks once, and notes what is new. @returns names */
export async function noteFirstReadings(
    devices: FleetDevice[],
    state: FleetState,
    server: FleetServer,
): Promise<string[]> {
    const present = new Map((await server.list()).map(device => [device.id, device]))
    const arrived: string[] = []
    for (const { name } of devices) {
        const { id = "", flashed, firstReadingAt } = state.of(name)
        const seenAt = present.get(id)?.lastSeenAt ?? null
        if (!flashed || firstReadingAt !== undefined || seenAt === null || seenAt < flashed.at) continue
        await state.change(name, { firstReadingAt: seenAt })
        arrived.push(name)
    }
    return arrived
}

/** True while a flashed device has not posted. */
export const awaitsReadings = (devices: FleetDevice[], state: FleetState): boolean =>
    devices.some(({ name }) => state.isFlashed(name) && state.of(name).firstReadingAt === undefined)

/**
 * Resolves when the server has a reading of each device that is flashed, or at the signal.
 *
 * @param onArrived called with each name
 * @param onAway called while the server does not respond: it is asked again
 */
export async function waitForReadings(
    devices: FleetDevice[],
    state: FleetState,
    server: FleetServer,
    {
        signal,
        onArrived,
        onAway,
    }: { signal: AbortSignal; onArrived(name: string): void; onAway(message: string): void },
): Promise<void> {
    const isWaiting = () => awaitsReadings(devices, state)
    while (!signal.aborted && isWaiting()) {
        try {
            for (const name of await noteFirstReadings(devices, state, server)) onArrived(name)
        } catch (error) {
            onAway(asAirpinError(error).message)
        }
        if (isWaiting()) await sleep(ASK_EVERY_MS, undefined, { signal }).catch(() => undefined)
    }
}
