/** What one listener still has to be sent. */

/** An event of https://html.spec.whatwg.org/multipage/server-sent-events.html. */
export interface StreamEvent {
    /** "device", "devices", "room", "rooms", "time" */
    name: string
    /** of two events with one key that wait, only the later is sent: a slow client gets the newest state */
    key: string
    /** JSON on one line */
    data: string
    /** position in the stream; absent where it stays as it was */
    position?: number | undefined
}

export class Subscription {
    /** id of the only device that the listener may see; null: every device */
    readonly device: string | null
    readonly #waiting = new Map<string, StreamEvent>()
    #wake: (() => void) | undefined
    #isEnded = false

    constructor(device: string | null) {
        this.device = device
    }

    push(event: StreamEvent): void {
        // the later one moves to the end, where its position belongs
        this.#waiting.delete(event.key)
        this.#waiting.set(event.key, event)
        this.#wake?.()
    }

    end(): void {
        this.#isEnded = true
        this.#wake?.()
    }

    /** Events as text, whenever there are some, until the end. */
    async *texts(): AsyncGenerator<string> {
        while (!this.#isEnded) {
            if (this.#waiting.size === 0) await new Promise<void>(resolve => (this.#wake = resolve))
            this.#wake = undefined
            const text = [...this.#waiting.values()].map(eventText).join("")
            this.#waiting.clear()
            if (text !== "") yield text
        }
    }
}

export function eventText({ name, data, position }: StreamEvent): string {
    const id = position === undefined ? "" : `id: ${position}\n`
    return `event: ${name}\n${id}data: ${data}\n\n`
}
