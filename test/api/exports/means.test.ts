import assert from "node:assert/strict"
import { describeOnEach } from "../database/support/kinds.ts"
import { co2Batch, NOW_S, openWorld, type World } from "../support/world.ts"

const DAY_S = 86_400
const readings = "/api/v1/devices/kitchen/readings"

interface Row {
    time: number
    count: number
    co2Ppm: number | null
}

describeOnEach("the CSV export of means", kind => {
    let world: World

    before(async () => {
        world = await openWorld(kind)
        // three stretches of a reading a minute, with 40 and 20 days in between
        for (const [index, days] of [90, 48, 25].entries()) {
            const co2Ppm = Array.from({ length: 5_000 }, (_, minute) => 400 + ((minute * 7) % 900))
            const batch = co2Batch(1, NOW_S - days * DAY_S + 13, co2Ppm, { boot: `b${index}` })
            await world.store.append("kitchen", batch, NOW_S)
        }
    })
    after(() => world?.end())

    const csvRows = async (query: string) => {
        const response = await world.get(`${readings}.csv?columns=time,count,co2Ppm&${query}`)
        assert.equal(response.statusCode, 200, response.body)
        const [head, ...lines] = response.body.trimEnd().split("\n")
        assert.equal(head, "time,count,co2Ppm")
        return lines
    }
    const jsonRows = async (query: string) => {
        const { readings: rows } = (await world.get(`${readings}?${query}`)).json<{ readings: Row[] }>()
        const iso = (time: number) => new Date(time * 1000).toISOString().replace(".000", "")
        return rows.map(({ time, count, co2Ppm }) => `${iso(time)},${count},${co2Ppm}`)
    }

    for (const [step, days] of [
        [86_400, 100],
        [3600, 100],
        [900, 100],
        [420, 30],
        [61, 5],
    ] as const)
        it(`over ${step} s has the rows of the JSON, over chunks and stretches without readings`, async () => {
            const range = `step=${step}&from=${NOW_S - days * DAY_S}&to=${NOW_S - 5}`
            const rows = await csvRows(range)
            assert.deepEqual(rows, await jsonRows(range))
            assert.ok(days < 25 || rows.length > 3)
        })

    it("begins and ends in the middle of a step where the range does", async () => {
        const range = `step=3600&from=${NOW_S - 48 * DAY_S + 1000}&to=${NOW_S - 47 * DAY_S + 1234}`
        const rows = await csvRows(range)
        assert.deepEqual(rows, await jsonRows(range))
        assert.deepEqual([rows.at(0), rows.length], ["2024-11-28T13:00:00Z,43,666", 25])
    })

    it("needs neither from nor to", async () => {
        assert.equal((await csvRows("step=86400")).length, 12)
    })

    it("goes on from sums where retention has deleted the readings", async () => {
        const before = await csvRows("step=3600")
        await world.db.sql
            .deleteFrom("readings")
            .where("time", "<", NOW_S - 30 * DAY_S)
            .execute()
        assert.deepEqual(await csvRows("step=3600"), before)
    })

    it("has a column count, which the export of readings does not have", async () => {
        const response = await world.get(`${readings}.csv?step=86400&to=2024-10-18`)
        assert.deepEqual(response.body.split("\n").slice(0, 2), [
            "time,device,co2Ppm,eco2Ppm,tvocPpb,temperatureC,humidityRh,count",
            "2024-10-18T00:00:00Z,kitchen,830,,,,,720",
        ])
        const refused = await world.get(`${readings}.csv?columns=count`)
        assert.deepEqual([refused.statusCode, refused.json().code], [400, "COLUMN_UNKNOWN"])
    })

    it("refuses steps that it would make from too many readings", async () => {
        for (const [step, code] of [
            ["0", "STEP_INVALID"],
            ["604801", "RANGE_TOO_LONG"],
        ]) {
            const response = await world.get(`${readings}.csv?step=${step}`)
            assert.deepEqual([response.statusCode, response.json().code], [400, code])
        }
    })
})
