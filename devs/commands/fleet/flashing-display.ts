/** Shows what happens while a class set is flashed, and asks which device a chip is to be. */
import type { AirpinError } from "../../../certs/error.ts"
import { type PortActivity, showPorts } from "../../display/class-set.ts"
import { bytesText, type Terminal } from "../../display/terminal.ts"
import type { FlashProgress } from "../../flash/flasher.ts"
import type { Choose, ConnectedChip } from "../../fleet/flashing/assignment.ts"
import type { FlashingEvents } from "../../fleet/flashing/flash-fleet.ts"
import type { FleetDevice } from "../../fleet/list/check-list.ts"
import type { FleetState } from "../../fleet/state.ts"

const DRAW_EVERY_MS = 250

export class FlashingDisplay implements FlashingEvents {
    readonly #terminal: Terminal
    readonly #devices: FleetDevice[]
    readonly #state: FleetState
    readonly #onFlashed: (device: FleetDevice) => Promise<void>
    readonly #ports = new Map<string, PortActivity>()
    readonly #timer: NodeJS.Timeout
    #following: Promise<void> = Promise.resolve()
    #activeAtMs = performance.now()
    #isAsking = false

    /** @param onFlashed called for one device after the other; must not throw */
    constructor(
        terminal: Terminal,
        devices: FleetDevice[],
        state: FleetState,
        onFlashed: (device: FleetDevice) => Promise<void>,
    ) {
        this.#terminal = terminal
        this.#devices = devices
        this.#state = state
        this.#onFlashed = onFlashed
        this.#timer = setInterval(() => this.#draw(), DRAW_EVERY_MS)
    }

    connecting(port: string, hasControlLines: boolean): void {
        this.#set(port, { doing: "connecting", hasControlLines })
    }

    asking(port: string, isAsking: boolean): void {
        this.#isAsking = isAsking
        if (isAsking) this.#set(port, { doing: "asking" })
    }

    chosen({ path, mac }: ConnectedChip, { name, board }: FleetDevice): void {
        this.#set(path, { doing: "writing", name, progress: { doneBytes: 0, totalBytes: 1 } })
        this.#terminal.line(
            "writing",
            `${name} (${board.devName}) on ${path}, chip ${mac}: stick its label on this one`,
        )
    }

    progress(port: string, { name }: FleetDevice, progress: FlashProgress): void {
        this.#set(port, { doing: "writing", name, progress })
    }

    flashed(
        chip: ConnectedChip,
        device: FleetDevice,
        what: { writtenBytes: number; wasReset: boolean; seconds: number },
    ): void {
        this.#end(chip.path)
        const { name } = device
        const check = this.#terminal.paint("green", "✓")
        const reset = what.wasReset ? "" : "; press its RESET, or plug it in again, to start it"
        this.#terminal.line(
            "flashed",
            `${check} ${name} on ${chip.path}: ${bytesText(what.writtenBytes)} in ${what.seconds.toFixed(1)} s, verified${reset} (${this.#done()} of ${this.#devices.length})`,
        )
        this.#following = this.#following.then(() => this.#onFlashed(device))
    }

    known({ path }: ConnectedChip, { name }: FleetDevice): void {
        this.#end(path)
        this.#terminal.line("known", `${name} on ${path} has its image already; nothing was written`)
    }

    unwanted({ path, chip, mac }: ConnectedChip): void {
        this.#end(path)
        this.#terminal.line("", `${path}: the list has no further device for this ${chip}, ${mac}; nothing was written`)
    }

    failed(port: string, device: FleetDevice | undefined, { code, message }: AirpinError): void {
        this.#end(port)
        const whose = device ? `, ${device.name}` : ""
        this.#terminal.warn(`${port}${whose}: ${message} [${code}]; next: plug it in again, and this goes on`)
    }

    /** Calls `then` when nothing has happened at any port for so many seconds. */
    whenIdle(seconds: number, then: () => void): { stop(): void } {
        const timer = setInterval(() => {
            if (this.#ports.size === 0 && performance.now() - this.#activeAtMs > seconds * 1000) then()
        }, DRAW_EVERY_MS)
        return { stop: () => clearInterval(timer) }
    }

    /** Waits until everything that followed a flashing is done. */
    async end(): Promise<void> {
        clearInterval(this.#timer)
        await this.#following
    }

    #set(port: string, activity: PortActivity): void {
        this.#activeAtMs = performance.now()
        this.#ports.set(port, activity)
    }

    #end(port: string): void {
        this.#activeAtMs = performance.now()
        this.#ports.delete(port)
    }

    #done(): number {
        return this.#devices.filter(({ name }) => this.#state.isFlashed(name)).length
    }

    #draw(): void {
        if (!this.#isAsking) showPorts(this.#terminal, this.#ports, this.#done(), this.#devices.length)
    }
}

/** Asks which of the devices a chip is to be: Enter takes the next of the list, a name another one. */
export function askWhich(terminal: Terminal, display: FlashingDisplay): Choose {
    return async ({ chip, mac, path }, candidates) => {
        display.asking(path, true)
        try {
            let offered = candidates[0]
            while (offered) {
                const { name, board, group } = offered
                const question = `${path}: ${chip} ${mac} becomes ${name}${group && `, ${group}`} (${board.devName})? [Enter: yes; n: none; or another name] `
                const typed = await terminal.ask(question)
                if (typed === "" || /^y(es)?$/i.test(typed ?? "n")) return offered
                if (typed === undefined || /^n(o)?$/i.test(typed)) return undefined
                const named = candidates.find(device => device.name === typed)
                if (named) offered = named
                else terminal.warn(`no open device with a ${chip} is named ${JSON.stringify(typed)}`)
            }
            return undefined
        } finally {
            display.asking(path, false)
        }
    }
}
