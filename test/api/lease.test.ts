import assert from "node:assert/strict"
import { Lease } from "../../devs/api/lease.ts"
import type { Database } from "../../devs/api/store/database.ts"
import { openDatabase } from "../../devs/api/store/open.ts"

describe("a lease", () => {
    let db: Database
    /** Each process has a clock of its own. */
    let clocks: { ms: number }[]

    beforeEach(async () => {
        db = await openDatabase(":memory:")
        clocks = []
    })
    afterEach(() => db.close())

    function lease(startMs = 0): Lease {
        const clock = { ms: startMs }
        clocks.push(clock)
        return new Lease(db, "work", () => clock.ms)
    }
    const pass = (seconds: number) => clocks.forEach(clock => (clock.ms += seconds * 1000))

    it("has one owner among many that want it at once", async () => {
        const leases = Array.from({ length: 5 }, () => lease())
        const held = await Promise.all(leases.map(each => each.hold()))
        assert.equal(held.filter(Boolean).length, 1)
        assert.deepEqual(
            leases.map(({ isHeld }) => isHeld),
            held,
        )
    })

    it("stays with its owner as long as that renews it", async () => {
        const [first, second] = [lease(), lease(5e9)]
        for (let at = 0; at < 20; at++) {
            assert.deepEqual([await first.hold(), await second.hold()], [true, false])
            pass(10)
        }
    })

    it("goes to another after 30 s without a renewal, and its former owner knows", async () => {
        const [first, second] = [lease(), lease(-5e9)]
        await first.hold()
        assert.equal(await second.hold(), false)
        pass(29)
        assert.deepEqual([await second.hold(), first.isHeld], [false, true])
        pass(1)
        assert.equal(first.isHeld, false)
        assert.equal(await second.hold(), true)
        assert.deepEqual([await first.hold(), second.isHeld], [false, true])
    })

    it("goes to another at once when it is given up", async () => {
        const [first, second] = [lease(), lease()]
        await first.hold()
        await second.hold()
        await second.release()
        assert.equal(await second.hold(), false)
        await first.release()
        assert.deepEqual([first.isHeld, await second.hold()], [false, true])
    })

    it("of another name is another lease", async () => {
        await lease().hold()
        assert.equal(await new Lease(db, "other").hold(), true)
    })
})
