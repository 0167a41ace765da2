import assert from "node:assert/strict"
import { readingPageText } from "../../../devs/api/store/readings-text.ts"
import type { TimeRange } from "../../../devs/api/store/records.ts"
import type { Stored } from "../support/stored.ts"
import { co2Batch, NOW_S, openWorld, values, type World } from "../support/world.ts"
import { describeOnEach } from "./support/kinds.ts"

const always: TimeRange = { from: 0, to: 9_999_999_999 }

describeOnEach("reading what is stored", kind => {
    let world: World
    let store: Stored

    beforeEach(async () => {
        world = await openWorld(kind)
        store = world.store
    })
    afterEach(() => world?.end())

    it("returns the reading that ended last as the latest, in whatever order they arrived", async () => {
        await store.append("kitchen", co2Batch(5, NOW_S, [705]), NOW_S)
        await store.append("kitchen", co2Batch(1, NOW_S - 600, [701]), NOW_S)
        assert.equal((await store.latest("kitchen"))?.co2Ppm, 705)
        await store.append("kitchen", co2Batch(1, NOW_S, [801], { boot: "b2" }), NOW_S)
        assert.equal((await store.latest("kitchen"))?.co2Ppm, 801)
    })

    it("pages through readings of one second without losing or repeating one", async () => {
        for (const seq of [1, 2, 3, 4, 5]) await store.append("kitchen", co2Batch(seq, NOW_S, [seq]), NOW_S)
        for (const seq of [1, 2]) await store.append("kitchen", co2Batch(seq, NOW_S, [5 + seq], { boot: "b2" }), NOW_S)
        const seen: (number | null)[] = []
        let after: string | undefined
        for (let page = 0; page < 3; page++) {
            const { readings, next } = await store.readings("kitchen", always, 3, after)
            seen.push(...readings.map(({ co2Ppm }) => co2Ppm))
            after = next ?? undefined
        }
        assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7])
        assert.equal(after, undefined)
    })

    it("pages on behind the largest sequence number that a device may send", async () => {
        const seq = 2 ** 31 - 2
        await store.append("kitchen", co2Batch(seq, NOW_S, [1, 2]), NOW_S)
        const { next } = await store.readings("kitchen", always, 1)
        const { readings } = await store.readings("kitchen", always, 1, next ?? undefined)
        assert.deepEqual(
            readings.map(reading => reading.seq),
            [seq + 1],
        )
    })

    it("has no next page when the rows exactly fill one", async () => {
        await store.append("kitchen", co2Batch(1, NOW_S, [1, 2, 3]), NOW_S)
        assert.equal((await store.readings("kitchen", always, 3)).next, null)
        assert.notEqual((await store.readings("kitchen", always, 2)).next, null)
    })

    it("is the same as JSON made by the database, page by page, whatever the values and the boot ids", async () => {
        const odd = 'a "boot":1,{\\ \n é'
        const cold = [-12.345, -0.5, 0, 0.01, 20, 21.5].map(temperatureC => values({ temperatureC }))
        await store.append("kitchen", { ...co2Batch(1, NOW_S, []), boot: odd, values: cold }, NOW_S)
        await store.append("kitchen", co2Batch(1, NOW_S + 60, [400, 40_000, 1.4]), NOW_S)
        for (const [limit, range] of [
            [4, always],
            [9, always],
            [10, always],
            [1, { from: 5, to: 6 }],
        ] as const)
            for (let after: string | undefined, pages = 0; pages < 3; pages++) {
                const page = await store.readings("kitchen", range, limit, after)
                const text = await readingPageText(world.db.sql, "kitchen", range, limit, after)
                assert.deepEqual(JSON.parse(text.readings), JSON.parse(JSON.stringify(page.readings)))
                assert.equal(text.next, page.next)
                const names = Object.keys(page.readings[0] ?? {})
                assert.deepEqual(Object.keys(JSON.parse(text.readings)[0] ?? {}), names)
                if (page.next === null) break
                after = page.next
            }
    })

    it("refuses an `after` that no page returned", async () => {
        for (const after of ["1 OR 1=1", "1.1", `${NOW_S}.1.9999999999`])
            await assert.rejects(store.readings("kitchen", always, 3, after), { code: "AFTER_INVALID" })
    })

    it("puts a reading that ends at a multiple of the step into the step that ends there, and rounds means to the quantity's decimals", async () => {
        const batch = [
            values({ co2Ppm: 700, temperatureC: 20.01 }),
            values({ co2Ppm: 701, temperatureC: 20.02 }),
            values({ co2Ppm: 705, temperatureC: null }),
            values({ co2Ppm: 1000, temperatureC: 21 }),
        ]
        // ends at 11:58:00, 11:59:00, 12:00:00 and 12:01:00, in steps of 5 minutes
        await store.append(
            "kitchen",
            { boot: "b1", seq: 1, time: NOW_S - 120, step: 60, lost: 0, values: batch },
            NOW_S,
        )
        const empty = { eco2Ppm: null, tvocPpb: null, humidityRh: null }
        assert.deepEqual(
            (await store.means("kitchen", always, 300)).map(mean => ({ ...mean })),
            [
                { time: NOW_S, count: 3, co2Ppm: 702, temperatureC: 20.02, ...empty },
                { time: NOW_S + 300, count: 1, co2Ppm: 1000, temperatureC: 21, ...empty },
            ],
        )
    })
})
