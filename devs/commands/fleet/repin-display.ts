/** Shows what happens while devices get new pins. */
import type { AirpinError } from "../../../certs/error.ts"
import { bytesText, type Terminal } from "../../display/terminal.ts"
import type { FlashProgress } from "../../flash/flasher.ts"
import type { Owner, RepinEvents } from "../../fleet/repin/repin-fleet.ts"

const LOOK_EVERY_MS = 250
const MAX_NAMED = 8

export class RepinDisplay implements RepinEvents {
    /** the devices that need the new pins and do not have them yet */
    open: Owner[]
    /** ids, in the order in which they got the pins */
    readonly done: string[] = []
    readonly #terminal: Terminal
    readonly #count: number
    readonly #busy = new Set<string>()
    #activeAtMs = performance.now()

    constructor(terminal: Terminal, open: Owner[]) {
        this.#terminal = terminal
        this.open = open
        this.#count = open.length
        terminal.line("open", open.length === 0 ? "no device needs the new pins" : namesText(open))
        if (open.length > 0)
            terminal.line(
                "next",
                "plug them in, one after the other or several at once; Ctrl-C stops, another run goes on",
            )
    }

    get isDone(): boolean {
        return this.open.length === 0
    }

    connecting(port: string, hasControlLines: boolean): void {
        this.#set(port)
        if (!hasControlLines) this.#terminal.line("", `${port}: hold BOOT, press RESET, release BOOT`)
    }

    found(port: string, { name }: Owner, mac: string): void {
        this.#set(port)
        this.#terminal.line("found", `${name} on ${port}, chip ${mac}`)
    }

    progress(port: string, { name }: Owner, { doneBytes, totalBytes }: FlashProgress): void {
        this.#set(port)
        this.#terminal.progress(`${name} on ${port}: ${Math.floor((100 * doneBytes) / totalBytes)} %`)
    }

    repinned(
        port: string,
        owner: Owner,
        { writtenBytes, wasReset, seconds }: { writtenBytes: number; wasReset: boolean; seconds: number },
    ): void {
        this.#end(port)
        this.open = this.open.filter(({ id }) => id !== owner.id)
        this.done.push(owner.id)
        const what = writtenBytes === 0 ? "held them already" : `${bytesText(writtenBytes)} in ${seconds.toFixed(1)} s`
        const reset = wasReset ? "" : "; press its RESET, or plug it in again, to start it"
        const left = this.open.length === 0 ? "all done" : `${this.open.length} left`
        this.#terminal.line(
            "repinned",
            `${this.#terminal.paint("green", "✓")} ${owner.name} on ${port}: ${what}, verified${reset} (${left})`,
        )
    }

    failed(port: string, owner: Owner | undefined, { code, message, nextStep }: AirpinError): void {
        this.#end(port)
        const next = code === "PORT_UNPLUGGED" ? "plug it in again: this goes on" : nextStep
        this.#terminal.warn(`${owner ? `${owner.name}: ` : ""}${message} [${code}]; next: ${next}`)
    }

    /** Calls `then` when nothing has happened at any port for so many seconds. */
    whenIdle(seconds: number, then: () => void): { stop(): void } {
        const timer = setInterval(() => {
            if (this.#busy.size === 0 && performance.now() - this.#activeAtMs > seconds * 1000) then()
        }, LOOK_EVERY_MS)
        return { stop: () => clearInterval(timer) }
    }

    conclude(): void {
        this.#terminal.line("done", `${this.#count - this.open.length} of ${this.#count}`)
        if (this.open.length > 0) this.#terminal.line("open", namesText(this.open))
    }

    #set(port: string): void {
        this.#activeAtMs = performance.now()
        this.#busy.add(port)
    }

    #end(port: string): void {
        this.#activeAtMs = performance.now()
        this.#busy.delete(port)
    }
}

function namesText(devices: Owner[]): string {
    const more = devices.length - MAX_NAMED
    const names = devices.slice(0, MAX_NAMED).map(({ name }) => name)
    return names.join(", ") + (more > 0 ? ` and ${more} more` : "")
}
