/** Stores all posts that arrive in one turn of the event loop, and while a commit is under way, in one commit. */
import type { AirpinError } from "../../../certs/error.ts"
import type { Database } from "./database.ts"
import type { Appended, Post } from "./records.ts"

/** Posts in one commit: what waits longer than one commit of these takes would be late anyway. */
const MAX_POSTS = 256

interface Waiting {
    post: Post
    resolve(result: Appended): void
    reject(error: unknown): void
}

export class GroupCommit {
    readonly #db: Database
    #waiting: Waiting[] = []
    #running = false

    constructor(db: Database) {
        this.#db = db
    }

    /**
     * Resolves when the post is on the disk.
     *
     * @throws AirpinError as `Database.append`
     */
    append(post: Post): Promise<Appended> {
        return new Promise((resolve, reject) => {
            this.#waiting.push({ post, resolve, reject })
            if (this.#running) return
            this.#running = true
            setImmediate(() => void this.#run())
        })
    }

    async #run(): Promise<void> {
        while (this.#waiting.length > 0) await this.#commit(this.#nextGroup())
        this.#running = false
    }

    /** One post of each device: a second one is planned on what the first has changed. */
    #nextGroup(): Waiting[] {
        const devices = new Set<string>()
        const [group, rest]: [Waiting[], Waiting[]] = [[], []]
        for (const waiting of this.#waiting) {
            const { device } = waiting.post
            const fits = group.length < MAX_POSTS && !devices.has(device)
            devices.add(device)
            ;(fits ? group : rest).push(waiting)
        }
        this.#waiting = rest
        return group
    }

    async #commit(group: Waiting[]): Promise<void> {
        try {
            const results = await this.#db.append(group.map(({ post }) => post))
            for (const [at, { resolve, reject }] of group.entries()) settle(results[at], resolve, reject)
        } catch (error) {
            for (const { reject } of group) reject(error)
        }
    }
}

function settle(
    result: Appended | AirpinError | undefined,
    resolve: (result: Appended) => void,
    reject: (error: unknown) => void,
): void {
    if (result !== undefined && "ack" in result) resolve(result)
    else reject(result ?? new Error("a post of the group has no result"))
}
