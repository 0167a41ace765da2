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
    /** the devices as the stream shows them */
    views(ids: string[]): Promise<DeviceShown[]>
}

/** A device as a stream shows it: each part has an event of its own, and is sent when it has changed. */
export interface DeviceShown {
    id: string
    lastSeenAt: number | null
    parts: object[]
}

/** A part of a device that is to be sent. */
export interface PartShown {
    id: string
    lastSeenAt: number | null
    /** its number among the parts of the device */
    part: number
    shown: object
}

export interface Changes {
    /** in the order of `lastSeenAt` */
    changed: PartShown[]
    /** ids of every device there is now */
    ids: string[]
    /** true if a device was added or deleted since the last poll */
    isOtherSet: boolean
}

export class ChangePolls {
    readonly #source: DeviceSource
    /** by id: the mark of the last poll */
    #marks = new Map<string, string>()
    /** by id and number: the part as it was shown last, without ages */
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
        this.#news(await this.#source.views(rows.map(({ id }) => id)))
    }

    async poll(): Promise<Changes> {
        const rows = await this.#source.marks()
        const marks = marksById(rows)
        const marked = [...marks].filter(([id, mark]) => this.#marks.get(id) !== mark).map(([id]) => id)
        const views = await this.#source.views([...new Set([...marked, ...this.#again(rows)])])
        const isOtherSet = marks.size !== this.#marks.size || marked.some(id => !this.#marks.has(id))
        this.#marks = marks
        this.#recent = new Set(marked)
        return { changed: this.#news(views), ids: [...marks.keys()], isOtherSet }
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

    /** The parts that are not as they were shown last. */
    #news(views: DeviceShown[]): PartShown[] {
        return partsOf(views).filter(({ id, part, shown }) => {
            const text = JSON.stringify(shown, (key, value) => (key === "age" ? undefined : value))
            const name = `${part} ${id}`
            const isNew = this.#shown.get(name) !== text
            this.#shown.set(name, text)
            return isNew
        })
    }
}

/** Every part of the devices, in the order of `lastSeenAt`. */
export function partsOf(views: DeviceShown[]): PartShown[] {
    const sorted = views.toSorted((a, b) => (a.lastSeenAt ?? 0) - (b.lastSeenAt ?? 0))
    return sorted.flatMap(({ id, lastSeenAt, parts }) => parts.map((shown, part) => ({ id, lastSeenAt, part, shown })))
}

function marksById(rows: DeviceMark[]): Map<string, string> {
    return new Map(rows.map(({ id, ...mark }) => [id, JSON.stringify(mark)]))
}
