/** A client of the stream of changes. */
import http from "node:http"

export interface Received {
    /** of the event's text, with the blank line after it */
    bytes: number
    name: string
    id: string | undefined
    // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
    data: any
}

const MAX_WAIT_MS = 20_000

export class Listener {
    readonly contentType: string | undefined
    readonly ended: Promise<void>
    /** names of the events so far */
    readonly names: string[] = []
    readonly #response: http.IncomingMessage
    readonly #events: Received[] = []
    #text = ""
    #wake: (() => void) | undefined

    private constructor(response: http.IncomingMessage) {
        this.#response = response
        this.contentType = response.headers["content-type"]
        this.ended = new Promise(resolve => response.once("close", resolve))
        void this.ended.then(() => this.#wake?.())
        response.on("error", () => undefined)
        response.setEncoding("utf8").on("data", text => this.#take(text))
    }

    /** @param path with the view, and `more` headers, as those of a link */
    static open(url: string, lastEventId?: string, path = "/api/v1/stream", more = {}): Promise<Listener> {
        const headers = { ...more, ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }) }
        return new Promise((resolve, reject) => {
            const onResponse = (response: http.IncomingMessage) =>
                response.statusCode === 200
                    ? resolve(new Listener(response))
                    : reject(new Error(`${response.statusCode}`))
            http.get(`${url}${path}`, { headers, agent: false }, onResponse).on("error", reject)
        })
    }

    /** The next event with this name; those before it are dropped. */
    async next(name: string, isWanted: (event: Received) => boolean = () => true): Promise<Received> {
        const deadline = performance.now() + MAX_WAIT_MS
        for (;;) {
            const event = this.#events.shift()
            if (event !== undefined && event.name === name && isWanted(event)) return event
            if (event !== undefined) continue
            if (this.#response.closed) throw new Error(`the stream ended without an event ${name}`)
            const left = deadline - performance.now()
            if (left <= 0) throw new Error(`no event ${name} within ${MAX_WAIT_MS} ms`)
            let timer: NodeJS.Timeout | undefined
            await new Promise<void>(resolve => {
                this.#wake = resolve
                timer = setTimeout(resolve, left)
            })
            clearTimeout(timer)
        }
    }

    close(): void {
        this.#response.destroy()
    }

    #take(text: string): void {
        const blocks = (this.#text + text).split("\n\n")
        this.#text = blocks.pop() ?? ""
        for (const block of blocks) {
            const fields = Object.fromEntries(block.split("\n").map(line => line.split(/: (.*)/, 2)))
            if (fields.event === undefined) continue
            this.names.push(fields.event)
            const bytes = Buffer.byteLength(block) + 2
            this.#events.push({ bytes, name: fields.event, id: fields.id, data: JSON.parse(fields.data) })
        }
        this.#wake?.()
    }
}
