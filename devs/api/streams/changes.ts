/**
 * Which devices have posted, been renamed, revoked or deleted, found out by asking the database every two seconds, once
 * for all listeners of this process and only while there are any. So it does not matter which process a device posts
 * to, and no database needs to notify (LISTEN/NOTIFY does not pass through every pool and is missing in some systems).
 */
import type { DeviceMark } from "../reads/device-marks.ts"

/** The longest time from a commit to its event, plus the time of a query. */
export const POLL_INTERVAL_MS = 2_000

/** A post that was received in this time before the newest may still be committed. */
const SAME_TIME_S = 3

/** What polls ask for. */
export interface DeviceSource {
    /** every device, with what changes when it does */
    marks(): Promise<DeviceMark[]>
    /** the devices as the API shows them */
    views(ids: string[]): Promise<DeviceShown[]>
}

/** A device as `GET /api/v1/devices/:id` shows it. */
export interface DeviceShown {
    id: string
    lastSeenAt: number | null
}

export interface Changes {
    /** in the order of `lastSeenAt` */
    changed: DeviceShown[]
    /** ids of every device there is now */
    ids: string[]
    /** true if a device was added or deleted since the last poll */
    isOtherSet: boolean
}

export class ChangePolls {
    readonly #source: DeviceSource
    /** by id: the mark of the last poll */
    #marks = new Map<string, string>()
    /** by id: the device as it was shown last, without ages */
    readonly #shown = new Map<string, string>()
    /** ids whose mark changed in the last poll */
    #recent = new Set<string>()

    constructor(source: DeviceSource) {
        this.#source = source
    }

    /** Begins anew: what is there now is known. */
    async start(): Promise<void> {
        this.#shown.clear()
        this.#recent.clear()
        const rows = await this.#source.marks()
        this.#marks = marksById(rows)
        for (const view of await this.#source.views(this.#again(rows))) this.#isNew(view)
    }

    async poll(): Promise<Changes> {
        const rows = await this.#source.marks()
        const marks = marksById(rows)
        const marked = [...marks].filter(([id, mark]) => this.#marks.get(id) !== mark).map(([id]) => id)
        const views = await this.#source.views([...new Set([...marked, ...this.#again(rows)])])
        const isOtherSet = marks.size !== this.#marks.size || marked.some(id => !this.#marks.has(id))
        this.#marks = marks
        this.#recent = new Set(marked)
        const changed = views.filter(view => this.#isNew(view))
        changed.sort((a, b) => (a.lastSeenAt ?? 0) - (b.lastSeenAt ?? 0))
        return { changed, ids: [...marks.keys()], isOtherSet }
    }

    /**
     * Devices to be looked at although their marks are as before: `lastSeenAt` is in seconds, so a second post in the
     * same second leaves no mark.
     */
    #again(rows: DeviceMark[]): string[] {
        const newest = Math.max(...rows.map(({ lastSeenAt }) => lastSeenAt ?? 0))
        return rows
            .filter(
                ({ id, lastSeenAt }) =>
                    this.#recent.has(id) || (lastSeenAt !== null && lastSeenAt >= newest - SAME_TIME_S),
            )
            .map(({ id }) => id)
    }

    #isNew(view: DeviceShown): boolean {
        const text = JSON.stringify(view, (key, value) => (key === "age" ? undefined : value))
        const isNew = this.#shown.get(view.id) !== text
        this.#shown.set(view.id, text)
        return isNew
    }
}

function marksById(rows: DeviceMark[]): Map<string, string> {
    return new Map(rows.map(({ id, ...mark }) => [id, JSON.stringify(mark)]))
}
