/** What the process of client.ts is told, and what it replies. */
import type { DevicePosts } from "./device-posts.ts"

/** What the process is to do. */
export interface Load {
    port: number
    /** PEM */
    ca: string
    /** of each connection; it takes the next one after `MAX_POSTS` */
    devices: DevicePosts[][]
    durationMs: number
}

/** What it did. Only posts whose response was the right acknowledgement count. */
export interface LoadResult {
    readings: number
    elapsedMs: number
    /** of each acknowledged post, ms */
    latenciesMs: number[]
    /** responses that were no acknowledgement, and lost connections, by what they said; at most 10 kinds */
    errors: Record<string, number>
}

/** Below what the server takes from a device in a minute. */
export const MAX_POSTS = 1000
