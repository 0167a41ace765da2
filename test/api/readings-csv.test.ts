import assert from "node:assert/strict"
import { co2Batch, NOW_S, openWorld, values, type World } from "./support/world.ts"

const url = "/api/v1/devices/kitchen/readings.csv"

/** 2015-02-02T14:20:05Z */
const OFFICE_S = 1_422_886_805

describe("the CSV export", () => {
    let world: World

    beforeEach(async () => {
        world = await openWorld()
        const rows = [
            values({ co2Ppm: 749, temperatureC: 23.7, humidityRh: 26.27 }),
            values({ co2Ppm: 760, temperatureC: 23.18, humidityRh: 26 }),
            values({ eco2Ppm: 400, tvocPpb: 0, temperatureC: -0.05 }),
        ]
        await world.store.append(
            "kitchen",
            { boot: "b1", seq: 1, time: OFFICE_S, step: 60, lost: 0, values: rows },
            NOW_S,
        )
    })
    afterEach(() => world.end())

    it("has one line per reading, with empty cells for what was not measured", async () => {
        const response = await world.get(url)
        assert.equal(
            response.body,
            "time,device,co2Ppm,eco2Ppm,tvocPpb,temperatureC,humidityRh\n" +
                "2015-02-02T14:20:05Z,kitchen,749,,,23.7,26.27\n" +
                "2015-02-02T14:21:05Z,kitchen,760,,,23.18,26\n" +
                "2015-02-02T14:22:05Z,kitchen,,400,0,-0.05,\n",
        )
        assert.equal(response.headers["content-type"], "text/csv; charset=utf-8")
        assert.equal(response.headers["content-disposition"], 'attachment; filename="kitchen.csv"')
    })

    it("has the requested columns, in that order", async () => {
        assert.equal(
            (await world.get(`${url}?columns=temperatureC,time,co2Ppm`)).body,
            "temperatureC,time,co2Ppm\n23.7,2015-02-02T14:20:05Z,749\n23.18,2015-02-02T14:21:05Z,760\n-0.05,2015-02-02T14:22:05Z,\n",
        )
    })

    it("has the requested time range; both ends belong to it", async () => {
        const response = await world.get(`${url}?columns=co2Ppm&from=2015-02-02T14:20:06Z&to=2015-02-02T14:21:05Z`)
        assert.equal(response.body, "co2Ppm\n760\n")
    })

    it("is the header alone when there are no readings", async () => {
        assert.equal((await world.get(`${url}?columns=time&from=2016-01-01`)).body, "time\n")
    })

    it("streams what is longer than one chunk: every reading once, in the order of time", async () => {
        for (let at = 0; at < 5; at++) {
            const numbers = Array.from({ length: 500 }, (_, index) => at * 500 + index)
            await world.store.append(
                "kitchen",
                co2Batch(1000 * (5 - at), NOW_S + at * 500, numbers, { step: 1 }),
                NOW_S,
            )
        }
        const lines = (await world.get(`${url}?columns=co2Ppm&from=${NOW_S}`)).body.trimEnd().split("\n")
        assert.deepEqual(lines, ["co2Ppm", ...Array.from({ length: 2500 }, (_, index) => String(index))])
    })

    for (const columns of ["co2", "time,,device", "time,time", ""]) {
        it(`responds with 400 COLUMN_UNKNOWN to columns=${columns}`, async () => {
            const response = await world.get(`${url}?columns=${columns}`)
            assert.deepEqual([response.statusCode, response.json().code], [400, "COLUMN_UNKNOWN"])
        })
    }
})
