/**
 * Stores all posts that arrive in one turn of the event loop, and while as many commits are under way as the database
 * takes, in one commit.
 */
import type { AirpinError } from "../../../certs/error.ts"
import type { Database } from "./database.ts"
import type { Appended, Post } from "./records.ts"

interface Waiting {
    post: Post
    resolve(result: Appended): void
    reject(error: unknown): void
}

export class GroupCommit {
    readonly #db: Database
    #waiting: Waiting[] = []
    /** of the posts that are being committed */
    readonly #devices = new Set<string>()
    #underWay = 0
    #isScheduled = false

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
            if (this.#isScheduled || this.#underWay >= this.#db.groups.atOnce) return
            this.#isScheduled = true
            setImmediate(() => {
                this.#isScheduled = false
                this.#start()
            })
        })
    }

    #start(): void {
        while (this.#underWay < this.#db.groups.atOnce) {
            const group = this.#nextGroup()
            if (group.length === 0) return
            void this.#run(group)
        }
    }

    async #run(group: Waiting[]): Promise<void> {
        this.#underWay++
        await this.#commit(group)
        this.#underWay--
        for (const { post } of group) this.#devices.delete(post.device)
        this.#start()
    }

    /** One post of each device: a second one is planned on what the first has changed, also on another connection. */
    #nextGroup(): Waiting[] {
        const [group, rest]: [Waiting[], Waiting[]] = [[], []]
        for (const waiting of this.#waiting) {
            const { device } = waiting.post
            const fits = group.length < this.#db.groups.maxPosts && !this.#devices.has(device)
            if (fits) this.#devices.add(device)
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
