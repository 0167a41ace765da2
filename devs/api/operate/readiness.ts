/** Decides whether the server could store a batch now. */
import { AirpinError } from "../../../certs/error.ts"
import { errorRow } from "../../../certs/error-codes/table.ts"
import type { ClockCheck } from "../clock-check.ts"
import { diskSpace } from "./free-disk.ts"

/** For so long a result counts: anyone may ask, and each write takes a sync of the disk. */
const RESULT_AGE_MS = 2000

/** A database that needs longer to write a row keeps devices waiting for most of their 20 s. */
const MAX_CHECK_MS = 5000

/** An SQLite database of 40 devices grows by about 1 GB a year. */
export const DEFAULT_MIN_FREE_BYTES = 100e6

export interface ReadinessOptions {
    clock: Pick<ClockCheck, "doubt">
    /** Throws unless a batch could be stored now. */
    checkDatabase(): Promise<void>
    /** on the disk whose space is checked; undefined if the database is on another machine */
    folder: string | undefined
    /** default: `DEFAULT_MIN_FREE_BYTES` */
    minFreeBytes?: number | undefined
    /** default: `MAX_CHECK_MS` */
    maxCheckMs?: number
}

export class Readiness {
    readonly #options: ReadinessOptions
    #result: Promise<void> | undefined
    /** `performance.now()` */
    #askedAtMs = -Infinity

    constructor(options: ReadinessOptions) {
        this.#options = options
    }

    /**
     * @param nowMs ms since 1970, by the clock that is checked
     * @throws AirpinError SERVER_CLOCK_WRONG, DISK_LOW, STORE_TIMEOUT, what the database throws
     */
    async check(nowMs: number): Promise<void> {
        const reason = this.#options.clock.doubt(nowMs / 1000)
        if (reason !== undefined)
            throw new AirpinError("SERVER_CLOCK_WRONG", `${reason}; ${errorRow("SERVER_CLOCK_WRONG").next}`)
        await this.#storage()
    }

    /** What `check` would throw; undefined if it would not. */
    async failure(nowMs: number): Promise<unknown> {
        try {
            await this.check(nowMs)
        } catch (error) {
            return error
        }
        return undefined
    }

    /** Those who ask at once, or within `RESULT_AGE_MS`, get one result. */
    #storage(): Promise<void> {
        if (this.#result !== undefined && performance.now() - this.#askedAtMs < RESULT_AGE_MS) return this.#result
        this.#askedAtMs = performance.now()
        this.#result = this.#checkStorage()
        // whoever asked has it; nobody else waits for it
        this.#result.catch(() => undefined)
        return this.#result
    }

    async #checkStorage(): Promise<void> {
        const { checkDatabase, folder, minFreeBytes = DEFAULT_MIN_FREE_BYTES } = this.#options
        await inTime(checkDatabase(), this.#options.maxCheckMs ?? MAX_CHECK_MS)
        const space = folder === undefined ? undefined : await diskSpace(folder)
        if (space === undefined || space.freeBytes >= minFreeBytes) return
        const free = `${megabytes(space.freeBytes)} of ${megabytes(space.totalBytes)}`
        throw new AirpinError("DISK_LOW", `${free} are free, less than ${megabytes(minFreeBytes)}`)
    }
}

const megabytes = (bytes: number) => `${Math.floor(bytes / 1e6).toLocaleString("en")} MB`

/** @throws AirpinError STORE_TIMEOUT; what the work throws */
async function inTime(work: Promise<void>, maxMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
        const error = new AirpinError("STORE_TIMEOUT", `the database did not take a row within ${maxMs} ms`)
        timer = setTimeout(() => reject(error), maxMs)
    })
    try {
        await Promise.race([work, late])
    } finally {
        clearTimeout(timer)
    }
}
