/** News of the rooms, and of the server. */
import type { RoomChange, Wall } from "../../wall/wall-room.ts"
import { followStream, type WallEvents } from "../shared/follow-stream.ts"

export interface Follower {
    onWall(wall: Wall): void
    onIds(now: number, ids: string[]): void
    onRoom(now: number, room: RoomChange): void
    onTime(now: number): void
    onAway(): void
    /** what the server says of itself; "": it stores readings */
    onReady(problem: string): void
}

const READY_EVERY_MS = 30_000
/** After the first view, which needs no request more. */
const FIRST_READY_MS = 3000
const RESPONSE_TIMEOUT_MS = 8000

export function followWall(root: string, follower: Follower): void {
    followStream<WallEvents>({
        url: `${root}api/v1/stream?view=wall`,
        events: {
            rooms: ({ now, ids }) => follower.onIds(now, ids),
            room: ({ now, room }) => follower.onRoom(now, room),
            time: ({ now }) => follower.onTime(now),
        },
        ask: async () => {
            const response = await fetch(`${root}api/v1/wall`, { signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS) })
            if (response.status === 401) return location.reload()
            if (!response.ok) throw new Error(`api/v1/wall: ${response.status}`)
            follower.onWall(await response.json())
        },
        onAway: follower.onAway,
    })
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
