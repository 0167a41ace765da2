/** `airpin fleet flash --web`: serves the page of a class set, until Ctrl-C. */
import { setTimeout as sleep } from "node:timers/promises"
import { asAirpinError } from "../../../certs/error.ts"
import type { Terminal } from "../../display/terminal.ts"
import { awaitsReadings, noteFirstReadings } from "../../fleet/first-readings.ts"
import type { FleetServer } from "../../fleet/server.ts"
import { type ClassSet, serveClassSet } from "../../fleet/web/server.ts"
import { withResources } from "../../resources.ts"
import { exitCodes } from "../command.ts"
import { stopRequest } from "../signals.ts"

const ASK_EVERY_MS = 2000

/**
 * @param listen port of the page; 0 for any free one
 * @param onFlashed called with each device that was flashed; must not throw
 * @returns the exit status
 */
export function flashFromBrowser(
    set: Omit<ClassSet, "onChosen">,
    listen: number,
    { server, terminal }: { server: FleetServer; terminal: Terminal },
): Promise<number> {
    const { devices, state } = set
    const stop = stopRequest()
    return withResources(async resources => {
        const page = await serveClassSet(
            {
                ...set,
                onChosen: ({ name }, mac) => terminal.line("writing", `${name}, chip ${mac}`),
                onFlashed: async device => {
                    terminal.line("flashed", `${terminal.paint("green", "✓")} ${device.name}, verified`)
                    await set.onFlashed(device)
                },
            },
            listen,
        )
        resources.add(() => page.close())
        terminal.line("page", terminal.paint("underline", page.url))
        terminal.line("", "open it on this computer, in Chrome or Edge; Ctrl-C stops")
        terminal.warn(
            "the images contain the Wi-Fi password and the devices' tokens: whoever has this address can read them on this computer",
        )
        const stopped = new AbortController()
        void stop.received.then(() => stopped.abort())
        while (!stopped.signal.aborted) {
            await tellOfReadings(set, server, terminal)
            await sleep(ASK_EVERY_MS, undefined, { signal: stopped.signal }).catch(() => undefined)
        }
        const isDone = devices.every(({ name }) => state.isFlashed(name))
        return isDone ? exitCodes.fine : (stop.status ?? exitCodes.fine)
    })
}

async function tellOfReadings(
    { devices, state }: Pick<ClassSet, "devices" | "state">,
    server: FleetServer,
    terminal: Terminal,
): Promise<void> {
    if (!awaitsReadings(devices, state)) return
    try {
        for (const name of await noteFirstReadings(devices, state, server))
            terminal.line("reading", `${name} has posted`)
    } catch (error) {
        terminal.progress(asAirpinError(error).message)
    }
}
