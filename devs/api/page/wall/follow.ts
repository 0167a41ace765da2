/** News of the rooms: a stream of events; while that is away, the whole wall every 10 s. */
import type { RoomChange, Wall } from "../../wall/wall-room.ts"

export interface Follower {
    onWall(wall: Wall): void
    onIds(now: number, ids: string[]): void
    onRoom(now: number, room: RoomChange): void
    onTime(now: number): void
    onAway(): void
    /** what the server says of itself; "": it stores readings */
    onReady(problem: string): void
}

const ASK_EVERY_MS = 10_000
const READY_EVERY_MS = 30_000
/** After the first view, which needs no request more. */
const FIRST_READY_MS = 3000
const RESPONSE_TIMEOUT_MS = 8000
/** The stream has an event at least every 10 s. */
const SILENT_MS = 25_000

export function followWall(root: string, follower: Follower): void {
    let stream: EventSource | undefined
    let heardAtMs = performance.now()

    const open = () => {
        stream?.close()
        stream = new EventSource(`${root}api/v1/stream?view=wall`)
        on("rooms", ({ now, ids }) => follower.onIds(now, ids))
        on("room", ({ now, room }) => follower.onRoom(now, room))
        on("time", ({ now }) => follower.onTime(now))
        stream.addEventListener("error", ({ target }) => {
            // refused for good: a link may have been revoked
            if (target === stream && stream?.readyState === EventSource.CLOSED) void ask(0)
        })
    }
    const on = (name: string, take: (data: { now: number; ids: string[]; room: RoomChange }) => void) =>
        stream?.addEventListener(name, event => {
            heardAtMs = performance.now()
            take(JSON.parse(event.data))
        })
    const ask = async (silentMs = SILENT_MS) => {
        if (performance.now() - heardAtMs < silentMs) return
        try {
            const response = await fetch(`${root}api/v1/wall`, { signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS) })
            if (response.status === 401) return location.reload()
            if (!response.ok) throw new Error(`api/v1/wall: ${response.status}`)
            follower.onWall(await response.json())
            if (stream?.readyState === EventSource.CLOSED) open()
        } catch (error) {
            console.warn(error)
            follower.onAway()
        }
    }
    open()
    setInterval(() => void ask(), ASK_EVERY_MS)
    setTimeout(() => void watchReady(root, follower), FIRST_READY_MS)
    setInterval(() => void watchReady(root, follower), READY_EVERY_MS)
}

/** Its clock may be in doubt, its disk full, its database away: then no reading is stored. */
async function watchReady(root: string, { onReady }: Follower): Promise<void> {
    const response = await fetch(`${root}ready`, { signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS) }).catch(
        () => undefined,
    )
    if (response?.ok) onReady("")
    else if (response) onReady(await problemIn(response))
}

async function problemIn(response: Response): Promise<string> {
    const { title = "", message = "" } = await response.json().catch(() => ({}))
    return title || message
}
