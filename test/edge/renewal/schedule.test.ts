import assert from "node:assert/strict"
import { setImmediate as turn } from "node:timers/promises"
import type { EdgeStatus } from "../../../certs/edge-status.ts"
import { AirpinError } from "../../../certs/error.ts"
import {
    BUSY_WAIT_MS,
    firstWaitMs,
    MAX_WAIT_MS,
    MIN_WAIT_MS,
    nextWaitMs,
    type RoundRequest,
    RoundSchedule,
} from "../../../devs/edge/renewal/schedule.ts"
import { edgeFolder, START } from "../support/renewal-world.ts"

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const half = () => 0.5

/** A schedule whose waits end when the test says so. */
class TestSchedule {
    readonly waits: number[] = []
    readonly rounds: RoundRequest[] = []
    readonly errors: unknown[] = []
    /** when the next round is said to have something to do */
    nextLookMs = START.getTime()
    /** what the next round throws */
    error: Error | undefined
    /** a round ends when this does */
    duration: Promise<void> = Promise.resolve()
    #end: () => void = () => undefined

    readonly schedule = new RoundSchedule({
        run: async request => {
            this.rounds.push(request)
            await this.duration
            const { error } = this
            this.error = undefined
            if (error) throw error
            return { nextLook: { at: new Date(this.nextLookMs).toISOString(), why: "" } } as EdgeStatus
        },
        onRound: () => undefined,
        onError: error => void this.errors.push(error),
        now: () => START,
        random: half,
        wait: (ms, signal) =>
            new Promise((resolve, reject) => {
                this.waits.push(ms)
                this.#end = () => resolve(undefined)
                if (signal.aborted) reject(signal.reason)
                signal.addEventListener("abort", () => reject(signal.reason))
            }),
    })

    /** The time of the present wait is over. */
    async pass(): Promise<void> {
        this.#end()
        await turn()
    }
}

describe("rounds by themselves", () => {
    it("wait until there is something to do, 10 minutes at least and 12 hours at most, each with jitter", () => {
        const nowMs = START.getTime()
        const wait = (ms: number, random: number) => nextWaitMs(nowMs + ms, nowMs, () => random)
        assert.equal(wait(3 * HOUR_MS, 0), 3 * HOUR_MS)
        assert.equal(wait(3 * HOUR_MS, 0.5), 3 * HOUR_MS + 5 * MINUTE_MS)
        assert.equal(wait(-HOUR_MS, 0), MIN_WAIT_MS)
        assert.equal(wait(-HOUR_MS, 0.5), MIN_WAIT_MS + 5 * MINUTE_MS)
        assert.equal(wait(90 * 24 * HOUR_MS, 0), MAX_WAIT_MS)
        assert.equal(wait(90 * 24 * HOUR_MS, 0.5), MAX_WAIT_MS - 5 * MINUTE_MS)
    })

    it("begin at once in an empty folder", async () => {
        assert.equal(await firstWaitMs({ folder: await edgeFolder(), names: ["air.test"] }, START.getTime()), 0)
    })

    it("follow what each round says, and go on after one that fails", async () => {
        const test = new TestSchedule()
        test.nextLookMs = START.getTime() + HOUR_MS
        test.schedule.start(0)
        await test.pass()
        test.error = new AirpinError("EDGE_CLOCK_WRONG", "it is 1970")
        await test.pass()
        await test.pass()
        assert.equal(test.rounds.length, 3)
        assert.deepEqual(test.waits, [0, HOUR_MS + 5 * MINUTE_MS, MIN_WAIT_MS + 5 * MINUTE_MS, HOUR_MS + 5 * MINUTE_MS])
        assert.equal(test.errors.length, 1)
        await test.schedule.stop()
    })

    it("are never two at once: one that is asked for meanwhile follows, and does not wait after failures", async () => {
        const test = new TestSchedule()
        let end: () => void = () => undefined
        test.duration = new Promise(resolve => (end = resolve))
        test.schedule.start(0)
        await test.pass()
        test.schedule.soon()
        await turn()
        assert.equal(test.rounds.length, 1)
        end()
        await turn()
        assert.deepEqual(
            test.rounds.map(({ retry }) => retry),
            [false, true],
        )
        await test.schedule.stop()
    })

    it("wait until an airpin renew beside them has ended", async () => {
        const test = new TestSchedule()
        test.error = new AirpinError("EDGE_BUSY", "another round is running")
        test.schedule.soon()
        test.schedule.start(HOUR_MS)
        await turn()
        assert.deepEqual(test.waits, [BUSY_WAIT_MS])
        await test.pass()
        assert.deepEqual(
            test.rounds.map(({ retry }) => retry),
            [true, true],
        )
        await test.schedule.stop()
    })

    it("end with the server: a wait at once, and a round is asked to", async () => {
        const test = new TestSchedule()
        test.schedule.start(HOUR_MS)
        await test.schedule.stop()
        assert.equal(test.rounds.length, 0)
        const running = new TestSchedule()
        running.schedule.start(0)
        await running.pass()
        const [request] = running.rounds
        await running.schedule.stop()
        assert.ok(request?.signal.aborted)
    })
})
