/** The time of a fleet, in memory that its threads share: none runs far ahead of the slowest. */

/** Length of a window: the resolution of the times that a server sends. */
const WINDOW_MS = 1000
/** How many windows a thread may be ahead of the slowest. */
const WINDOWS_AHEAD = 2

export class WindowClock {
    /** how many windows each thread has ended */
    readonly ended: Int32Array
    readonly #startMs: number

    /**
     * @param startMs ms since the Unix epoch
     * @param ended memory of `WindowClock.memory`, the same in all threads
     */
    constructor(startMs: number, ended: Int32Array) {
        this.#startMs = startMs
        this.ended = ended
    }

    static memory(threads: number): Int32Array {
        return new Int32Array(new SharedArrayBuffer(4 * threads))
    }

    /** The time that every thread has reached, ms since the Unix epoch. */
    now(): number {
        return this.#startMs + this.#slowest() * WINDOW_MS
    }

    /**
     * Goes on with one thread's devices, window by window.
     *
     * @param thread its number
     * @param untilMs the end of a window, ms since the Unix epoch
     * @param run runs the devices until the time that it is given
     */
    async run(thread: number, untilMs: number, run: (untilMs: number) => Promise<void> | undefined): Promise<void> {
        for (let window = Atomics.load(this.ended, thread); ; window++) {
            const endMs = this.#startMs + (window + 1) * WINDOW_MS
            if (endMs > untilMs) return
            await this.#othersToEnd(window + 1 - WINDOWS_AHEAD)
            await run(endMs)
            Atomics.store(this.ended, thread, window + 1)
            Atomics.notify(this.ended, thread)
        }
    }

    async #othersToEnd(window: number): Promise<void> {
        for (let thread = 0; thread < this.ended.length; thread++)
            for (let ended = Atomics.load(this.ended, thread); ended < window; ended = Atomics.load(this.ended, thread))
                await Atomics.waitAsync(this.ended, thread, ended).value
    }

    #slowest(): number {
        return this.ended.reduce((least, _, thread) => Math.min(least, Atomics.load(this.ended, thread)), Infinity)
    }
}
