/** Registered devices that post all the time, and when which post was acknowledged. */
import { addDevice } from "../../../devs/api/device-registry.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import type { Cluster } from "../cluster/cluster.ts"
import { until } from "../cluster/waiting.ts"
import { LightDevice, type Post } from "./light-device.ts"

/** Real time from one reading of a device to the next. */
const EVERY_MS = 200
/** Their time runs faster than the real one: the first readings are of 60 days ago, which two months' tables hold. */
const START_S = Math.floor(Date.now() / 1000) - 60 * 86_400
const DRAIN_MS = 60_000

export class Fleet {
    readonly devices: LightDevice[]
    #posts: Post[] = []

    constructor({ api }: Cluster, registered: Registered[]) {
        this.devices = registered.map(
            ({ id, token }) =>
                new LightDevice({
                    id,
                    token,
                    port: api.port,
                    rootPem: api.rootPem,
                    startS: START_S,
                    everyMs: EVERY_MS,
                    onPost: post => this.#posts.push(post),
                }),
        )
    }

    get acknowledged(): number {
        return this.devices.reduce((sum, device) => sum + device.acknowledged, 0)
    }

    /** The posts that ended since the last call. */
    takePosts(): Post[] {
        const posts = this.#posts
        this.#posts = []
        return posts
    }

    /** Waits for a post that began after `sinceMs` and was acknowledged. */
    acknowledgedAfter(sinceMs: number, limitMs: number): Promise<Post> {
        return until("an acknowledged post", limitMs, () =>
            this.#posts.find(post => post.beganMs >= sinceMs && post.acknowledged > 0),
        )
    }

    /** No device takes further readings; waits until the server has acknowledged all that they took. */
    async drain(): Promise<void> {
        for (const device of this.devices) device.takeNoMore()
        await until(
            "all readings acknowledged",
            DRAIN_MS,
            () => this.devices.every(({ isEmpty }) => isEmpty) || undefined,
        )
    }

    async close(): Promise<void> {
        await Promise.all(this.devices.map(device => device.close()))
    }
}

export interface Registered {
    id: string
    token: string
}

/** Registers devices as `airpin device add` does. */
export async function registerDevices({ airpinUrl }: Cluster, ids: string[]): Promise<Registered[]> {
    const db = await openDatabase(airpinUrl)
    try {
        const registered: Registered[] = []
        for (const id of ids) {
            const { token } = await addDevice(db, { id, createdAt: Math.floor(Date.now() / 1000) })
            registered.push({ id, token })
        }
        return registered
    } finally {
        await db.close()
    }
}
