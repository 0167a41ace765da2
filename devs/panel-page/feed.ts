/** What one open page has not been told yet. */
import type { PanelSession } from "./panel-session.ts"
import { ScreenChanges } from "./screen-changes.ts"

export interface PageEvent {
    name: string
    data: unknown
}

export class Feed {
    readonly #session: PanelSession
    readonly #screen = new ScreenChanges()
    /** by name of the event, as JSON */
    readonly #told = new Map<string, string>()
    #line = 0
    /** when the last tone began that the page knows */
    #toneAtMs: number

    constructor(session: PanelSession) {
        this.#session = session
        this.#toneAtMs = session.simulation.clock.now()
    }

    /** The events since the last call; at first, everything there is to know, but no tone. */
    next(): PageEvent[] {
        const { simulation, state, log } = this.#session
        const { panel } = simulation
        const part = panel.screen && this.#screen.next(panel.screen)
        const { atMs, ...steady } = state
        const events: PageEvent[] = [...this.#ifNew("state", steady), ...this.#ifNew("time", { atMs })]
        if (part) events.push({ name: "screen", data: { ...part, png: Buffer.from(part.png).toString("base64") } })
        const tones = panel.buzzer?.tones.filter(tone => tone.atMs > this.#toneAtMs) ?? []
        this.#toneAtMs = tones.at(-1)?.atMs ?? this.#toneAtMs
        if (tones.length > 0) events.push({ name: "tones", data: tones })
        const lines = log.filter(({ number }) => number > this.#line)
        this.#line = lines.at(-1)?.number ?? this.#line
        if (lines.length > 0) events.push({ name: "log", data: lines })
        return events
    }

    #ifNew(name: string, data: unknown): PageEvent[] {
        const text = JSON.stringify(data)
        if (this.#told.get(name) === text) return []
        this.#told.set(name, text)
        return [{ name, data }]
    }

    /** The event with the server's facts, unless the page knows them. */
    server(facts: unknown): PageEvent[] {
        return this.#ifNew("server", facts)
    }
}
