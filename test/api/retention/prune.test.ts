import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { Lease } from "../../../devs/api/lease.ts"
import { countExpired, expiries } from "../../../devs/api/retention/expiries.ts"
import { prune } from "../../../devs/api/retention/prune.ts"
import { setDeviceRetention } from "../../../devs/api/retention/retention-rows.ts"
import { schedulePruning } from "../../../devs/api/retention/schedule.ts"
import { LEASE_NAME } from "../../../devs/api/retention/turn.ts"
import { describeOnEach } from "../database/support/kinds.ts"
import { co2Batch, NOW_S, openWorld, type World } from "../support/world.ts"

const DAY_S = 86_400
const retention = { rawDays: 2, fiveMinuteDays: 4 }
const always = { from: 0, to: 9_999_999_999 }

describeOnEach("pruning", kind => {
    let world: World

    beforeEach(async () => {
        world = await openWorld(kind)
    })
    afterEach(() => world?.end())

    /** A reading every ten minutes for so many days, the last of which ends at `endS`. */
    async function storeDays(device: string, days: number, endS = NOW_S): Promise<void> {
        const count = days * 144
        const batch = { ...co2Batch(1, endS - (count - 1) * 600, Array(count).fill(700)), step: 600 }
        await world.store.append(device, batch, NOW_S)
    }

    const pruneAt = async (nowS: number) => prune(world.db, await expiries(world.db, retention, nowS))
    const times = async (device = "kitchen") =>
        (await world.store.readings(device, always, 10_000)).readings.map(({ time }) => time)
    const rows = async (table: "fiveMinutes" | "hours" | "days") =>
        world.db.sql.selectFrom(table).selectAll().orderBy("device").orderBy("time").execute()

    it("deletes readings and 5-minute sums that are older than they are kept for, and no others", async () => {
        await storeDays("kitchen", 6)
        const before = [await rows("hours"), await rows("days")]
        const pruned = await pruneAt(NOW_S)
        assert.deepEqual(pruned, [
            { device: "kitchen", table: "readings", rows: 576 },
            { device: "kitchen", table: "fiveMinutes", rows: 288 },
        ])
        assert.deepEqual([(await times()).length, (await times())[0]], [288, NOW_S - 2 * DAY_S + 600])
        assert.equal((await rows("fiveMinutes"))[0]!.time, NOW_S - 4 * DAY_S + 600)
        assert.deepEqual([await rows("hours"), await rows("days")], before)
        assert.deepEqual(await pruneAt(NOW_S), [])
    })

    it("shows the same beforehand, with the times from and to", async () => {
        await storeDays("kitchen", 3)
        const expired = await countExpired(world.db, await expiries(world.db, retention, NOW_S))
        assert.deepEqual(
            expired.map(({ id, table, rows, oldest, newest }) => [id, table, rows, oldest, newest]),
            [["kitchen", "readings", 144, NOW_S - 3 * DAY_S + 600, NOW_S - 2 * DAY_S]],
        )
        assert.equal((await times()).length, 432)
    })

    it("still takes a reading as repeated whose first copy it has deleted", async () => {
        await storeDays("kitchen", 3)
        await pruneAt(NOW_S)
        const again = await world.store.append("kitchen", co2Batch(1, NOW_S - 3 * DAY_S + 600, [9, 9]), NOW_S)
        assert.deepEqual([again.inserted, again.repeated], [0, 2])
    })

    it("keeps the newest reading of a device that has been silent for longer", async () => {
        await storeDays("kitchen", 1, NOW_S - 50 * DAY_S)
        await addDevice(world.db, { id: "office", createdAt: NOW_S })
        await storeDays("office", 1)
        await pruneAt(NOW_S)
        assert.deepEqual(await times(), [NOW_S - 50 * DAY_S])
        assert.equal((await world.store.latest("kitchen"))?.time, NOW_S - 50 * DAY_S)
    })

    it("keeps what a device of its own keeps longer, and less of one that keeps less", async () => {
        await addDevice(world.db, { id: "office", createdAt: NOW_S })
        await setDeviceRetention(world.db, "office", { rawDays: 0 })
        await setDeviceRetention(world.db, "kitchen", { rawDays: 1 })
        await storeDays("kitchen", 3)
        await storeDays("office", 3)
        await pruneAt(NOW_S)
        assert.deepEqual([(await times()).length, (await times("office")).length], [144, 432])
    })

    it("deletes nothing more when the clock jumps ahead without a post", async () => {
        await storeDays("kitchen", 2)
        assert.deepEqual(await pruneAt(NOW_S + 20 * 365 * DAY_S), [])
    })

    it("deletes many rows in small steps and can be stopped between two", async () => {
        await storeDays("kitchen", 14)
        const steps: number[] = []
        const options = { onStep: (rows: number) => steps.push(rows), mayGoOn: async () => steps.length < 3 }
        await prune(world.db, await expiries(world.db, retention, NOW_S), options)
        assert.equal(steps.length, 3)
        assert.ok(Math.max(...steps) <= 400, `${steps}`)
        await pruneAt(NOW_S)
        assert.equal((await times()).length, 288)
    })

    it("is done by one process at a time", async () => {
        await storeDays("kitchen", 3)
        const lease = new Lease(world.db, LEASE_NAME)
        await lease.hold()
        const pruned: unknown[] = []
        const stop = schedulePruning({
            ...{ database: world.db, retention, nowS: () => NOW_S, isClockRight: () => true },
            ...{ onPruned: rows => pruned.push(rows), onError: error => pruned.push(error) },
            ...{ firstAfterMs: 0, everyMs: 10 },
        })
        await sleep(100)
        assert.deepEqual(pruned, [])
        await lease.release()
        await sleep(200)
        await stop()
        assert.equal(pruned.length, 1)
    })

    it("goes on by itself while the server runs, but not while the clock is in doubt", async () => {
        await storeDays("kitchen", 3)
        const right = { clock: false }
        const pruned: unknown[] = []
        const stop = schedulePruning({
            ...{ database: world.db, retention, nowS: () => NOW_S, isClockRight: () => right.clock },
            ...{ onPruned: rows => pruned.push(rows), onError: error => pruned.push(error) },
            ...{ firstAfterMs: 0, everyMs: 10 },
        })
        await sleep(100)
        assert.deepEqual(pruned, [])
        right.clock = true
        await sleep(200)
        await stop()
        assert.deepEqual(pruned, [[{ device: "kitchen", table: "readings", rows: 144 }]])
    })
})
