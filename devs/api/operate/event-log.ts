/** Log lines for what may happen thousands of times a minute: refused tokens, a full disk, a clock in doubt. */
import type { FastifyBaseLogger } from "fastify"

export type EventLevel = "info" | "warn" | "error"

/** For so long after a line, the same event of the same subject is only counted. */
const WINDOW_MS = 60_000

/** Subjects that are followed at once; the events of further ones share a line. */
const MAX_FOLLOWED = 1000

interface Followed {
    level: EventLevel
    code: string
    subject: string
    /** events since the last line */
    repeated: number
}

/**
 * Writes an event's first occurrence at once, and those of the following minute as one line with their number, so that
 * nobody can fill the disk by being refused.
 */
export class EventLog {
    readonly #log: FastifyBaseLogger
    readonly #windowMs: number
    readonly #followed = new Map<string, Followed>()
    readonly #timers = new Set<NodeJS.Timeout>()

    constructor(log: FastifyBaseLogger, windowMs = WINDOW_MS) {
        this.#log = log
        this.#windowMs = windowMs
    }

    /**
     * @param code what happened: an error code
     * @param subject whom it concerns: a device, an address; events are counted for each
     * @param fields written with the first event only
     */
    record(level: EventLevel, code: string, subject: string, fields: object = {}): void {
        const isFollowable = this.#followed.size < MAX_FOLLOWED || this.#followed.has(`${code} ${subject}`)
        const counted = isFollowable ? subject : "others"
        const key = `${code} ${counted}`
        const followed = this.#followed.get(key)
        if (followed) {
            followed.repeated++
            return
        }
        this.#followed.set(key, { level, code, subject: counted, repeated: 0 })
        this.#log[level]({ code, subject: counted, ...fields }, code)
        this.#closeWindow(key)
    }

    /** Writes what was only counted so far. */
    flush(): void {
        for (const timer of this.#timers) clearTimeout(timer)
        this.#timers.clear()
        for (const followed of this.#followed.values()) this.#writeRepeated(followed)
        this.#followed.clear()
    }

    /** An event that goes on happening stays followed, with one line a minute. */
    #closeWindow(key: string): void {
        const timer = setTimeout(() => {
            this.#timers.delete(timer)
            const followed = this.#followed.get(key)
            if (followed === undefined) return
            if (followed.repeated === 0) {
                this.#followed.delete(key)
                return
            }
            this.#writeRepeated(followed)
            followed.repeated = 0
            this.#closeWindow(key)
        }, this.#windowMs).unref()
        this.#timers.add(timer)
    }

    #writeRepeated({ level, code, subject, repeated }: Followed): void {
        if (repeated === 0) return
        const withinS = this.#windowMs / 1000
        this.#log[level]({ code, subject, repeated, withinS }, `${code}, ${repeated} more`)
    }
}
