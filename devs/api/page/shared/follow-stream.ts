/** News of the server: a stream of events (server-sent events); while that is away, everything every 10 s. */
import type { Device } from "../../client/api-types.ts"
import type { RoomChange } from "../../wall/wall-room.ts"

/** Data of the events of `GET /api/v1/stream`, by their names. `now` is the server's clock, Unix s. */
export interface DeviceEvents {
    devices: { now: number; ids: string[] }
    device: { now: number; device: Device }
    time: { now: number }
}

/** Those of `GET /api/v1/stream?view=wall`. */
export interface WallEvents {
    rooms: { now: number; ids: string[] }
    room: { now: number; room: RoomChange }
    time: { now: number }
}

type NameOf<Events> = Extract<keyof Events, string>

export interface StreamSource<Events> {
    /** address of the stream */
    url: string
    /** what to do with each event */
    events: { [Name in keyof Events]: (data: Events[Name]) => void }
    /** asks for everything that the stream would have sent, and shows it */
    ask(): Promise<void>
    /** neither the stream nor the server responds */
    onAway(): void
}

const ASK_EVERY_MS = 10_000
/** The stream has an event at least every 10 s. */
const SILENT_MS = 25_000

/** Listens as long as the page is open. The browser connects again, with the id of the last event that it got. */
export function followStream<Events>({ url, events, ask, onAway }: StreamSource<Events>): void {
    let stream: EventSource | undefined
    let heardAtMs = performance.now()

    const open = () => {
        stream = new EventSource(url)
        for (const name in events) listen(stream, name)
        // refused for good, such as when a link was revoked or too many listen: tried again with the next question
        stream.addEventListener("error", ({ target }) => {
            if (target instanceof EventSource && target.readyState === EventSource.CLOSED) void askAll()
        })
    }
    const listen = (to: EventSource, name: NameOf<Events>) =>
        to.addEventListener(name, ({ data }) => {
            heardAtMs = performance.now()
            events[name](JSON.parse(data))
        })
    const askAll = async () => {
        try {
            await ask()
        } catch (error) {
            console.warn(error)
            onAway()
        }
    }
    const check = () => {
        if (stream?.readyState === EventSource.CLOSED) open()
        else if (performance.now() - heardAtMs >= SILENT_MS) void askAll()
    }
    open()
    setInterval(check, ASK_EVERY_MS)
}
