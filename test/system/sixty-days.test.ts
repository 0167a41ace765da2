/**
 * Weeks of uptime in virtual time, on the bare runtime with a network that the
 * test simulates. By default one sensor in low-power mode and hourly readings,
 * on a clock that jumps; with AIRPIN_SIXTY_DAYS=1 all four sensors and a reading
 * a minute, to the millisecond; with AIRPIN_SIXTY_DAYS=esp32s2 the same with the
 * settings and the heap budget of the ESP32-S2.
 */
import assert from "node:assert/strict"
import { chips } from "../../devs/image/chip.ts"
import {
    DAY_MS,
    type HeapRange,
    HOUR_MS,
    type LifeOptions,
    LongLife,
    type StoredReading,
} from "../support/long-life.ts"
import { START_MS } from "../support/program.ts"

const server = { API_URL: "https://air.example:8443", API_TOKEN: "tok_0123456789abcdef" }
const DAYS = 60
const HEAP_BUDGET_BYTES = 24 * 1024
const SMALL_HEAP_BUDGET_BYTES = 20 * 1024
/** The first post sends the age of its readings, later ones their time. */
const MAX_CLOCK_DRIFT_S = 2
/** The heap in use may differ by this from day to day: by the texts of the last event. */
const MAX_HEAP_DIFFERENCE_BYTES = 256
/** Around the end of an interval and its post, time jumps in smaller steps. */
const AROUND_POST_MS = 60_000
const SECONDS_A_DAY = 86_400

interface Plan extends LifeOptions {
    intervalS: number
    /** days on which the heap is watched, and for how long */
    watchedDays: number[]
    watchedMs: number
    heapBudgetBytes: number
}

const quickPlan: Plan = {
    parts: ["scd4x"],
    intervalS: 3600,
    settings: { ...server, INTERVAL_S: "3600", BATCH: "1", LOW_POWER: "1" },
    jumpMs: ageMs => ((ageMs + AROUND_POST_MS) % HOUR_MS < 3 * AROUND_POST_MS ? 5_000 : 120_000),
    watchedDays: [2, 19, 21, 39, 41, 59],
    watchedMs: HOUR_MS,
    heapBudgetBytes: HEAP_BUDGET_BYTES,
}

const exactPlan: Plan = {
    parts: ["scd4x", "sgp30", "scd30", "sht3x"],
    intervalS: 60,
    settings: { ...server, INTERVAL_S: "60", BATCH: "5" },
    watchedDays: Array.from({ length: DAYS - 1 }, (_, day) => day + 1),
    watchedMs: 10 * 60_000,
    heapBudgetBytes: HEAP_BUDGET_BYTES,
}

const smallHeapPlan: Plan = {
    ...exactPlan,
    settings: { ...exactPlan.settings, ...chips.esp32s2.settings },
    heapBudgetBytes: SMALL_HEAP_BUDGET_BYTES,
}

const whole = process.env.AIRPIN_SIXTY_DAYS
const plan = whole ? (whole === "esp32s2" ? smallHeapPlan : exactPlan) : quickPlan

describe("the firmware in 60 days", function () {
    this.timeout(60 * 60_000)
    let life: LongLife
    let stored: StoredReading[]
    const heap: HeapRange[] = []

    before(async () => {
        life = await LongLife.switchOn(plan)
        for (const day of plan.watchedDays) {
            await life.liveTo(day * DAY_MS + 6 * HOUR_MS)
            heap.push(await life.watchHeap(plan.watchedMs))
        }
        await life.liveTo(DAYS * DAY_MS)
        stored = life.stored()
    })

    it("restarts itself after 20 and 40 days, and reports the reason", () => {
        assert.deepEqual(
            life.boots.map(({ restartReason }) => restartReason),
            ["reset", "uptime", "uptime"],
        )
        // each by the interval that was under way, and by the start itself
        const late = life.boots.map(({ day }, at) => day - (at === 0 ? 0 : (life.boots[at - 1]?.day ?? 0) + 20))
        assert.ok(
            late.every(days => days >= 0 && days < 2 * (plan.intervalS / SECONDS_A_DAY)),
            `${late} days late`,
        )
    })

    it("delivers each reading of each boot once, evenly spaced", () => {
        for (const { id } of life.boots) {
            const own = stored.filter(({ boot }) => boot === id)
            assert.deepEqual(
                own.map(({ seq }) => seq),
                own.map((_, at) => at + 1),
            )
            assert.deepEqual(wideSteps(own), [])
        }
    })

    it("has a reading for each interval, except those in which it restarts", () => {
        const wide = wideSteps(stored)
        assert.ok(wide.length <= 2 && wide.every(stepS => stepS < 2.1 * plan.intervalS), `${wide}`)
        const expected = (DAYS * SECONDS_A_DAY) / plan.intervalS
        assert.ok(stored.length >= expected - 12 && stored.length <= expected, `${stored.length} of ${expected}`)
    })

    it("keeps the sampler, the uplink and every sensor alive in each hour", () => {
        assert.equal(life.hours.length, DAYS * 24)
        const perHour = 3600 / plan.intervalS
        life.hours.forEach(({ readings, acks, reads }, hour) => {
            const restarts = hour % (20 * 24) === 0
            assert.ok(restarts || Math.abs(readings - perHour) <= 1, `${readings} readings in hour ${hour}`)
            assert.ok(restarts || acks > 0, `no acknowledgement in hour ${hour}`)
            assert.equal(Object.keys(reads).length, plan.parts.length, `parts silent in hour ${hour}`)
        })
    })

    it("has no fault, panic or loss, and writes nothing to its journal", () => {
        assert.deepEqual([life.faults, life.panics], [[], []])
    })

    it("stays within its heap budget, and uses no more on the last day than on the second", () => {
        const kept = heap.slice(1).map(({ leastBytes }) => leastBytes)
        assert.ok(Math.max(...kept) - Math.min(...kept) <= MAX_HEAP_DIFFERENCE_BYTES, `${kept} bytes`)
        const most = Math.max(...heap.map(({ mostBytes }) => mostBytes))
        assert.ok(most > 15_000 && most <= plan.heapBudgetBytes, `${most} bytes`)
    })

    after(() => {
        if (!whole) return
        const all = (pick: (range: HeapRange) => number) =>
            `${Math.min(...heap.map(pick))} to ${Math.max(...heap.map(pick))}`
        console.log(
            `    ${stored.length} readings; heap kept ${all(range => range.leastBytes)}, peak ${all(range => range.mostBytes)} bytes`,
        )
        console.log(`    starts at day ${life.boots.map(({ day }) => day.toFixed(4)).join(", ")}`)
    })
})

describe("the firmware's uplink without that restart", function () {
    this.timeout(120_000)

    it("posts in each hour up to 49.7 days, and then never again", async () => {
        const life = await LongLife.switchOn({
            entry: "test/fixtures/programs/uplink-alone.ts",
            parts: [],
            settings: { ...server, INTERVAL_S: "60", BATCH: "5", READY: "5", REFILL_MS: "3600000" },
            jumpMs: () => 15_000,
        })
        await life.liveTo(50.5 * DAY_MS)
        const days = life.server.batches.map(({ atMs }) => (atMs - START_MS) / DAY_MS)
        assert.ok(days.every((day, at) => day - (days[at - 1] ?? 0) < 1.1 / 24))
        assert.ok(days.at(-1)! > 49.6 && days.at(-1)! < 49.72, `last post at day ${days.at(-1)}`)
        assert.deepEqual([life.faults, life.panics], [[], []])
    })
})

/** Seconds between neighbouring readings that are not one interval apart. */
function wideSteps(readings: StoredReading[]): number[] {
    const steps = readings.slice(1).map(({ timeS }, at) => timeS - readings[at]!.timeS)
    return steps.filter(stepS => Math.abs(stepS - plan.intervalS) > MAX_CLOCK_DRIFT_S)
}
