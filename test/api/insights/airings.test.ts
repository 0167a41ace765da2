import assert from "node:assert/strict"
import { existsSync, readFileSync } from "node:fs"
import { airingsIn, type Point } from "../../../devs/api/insights/airings.ts"

const OFFICE = new URL("../../../../shared/data/office-co2/datatraining.txt", import.meta.url)

/** A reading each `stepS`. */
const readings = (ppm: number[], stepS = 60): Point[] => ppm.map((value, at) => ({ time: stepS * at, ppm: value }))

/** Air changes `perHour` times, from `ppm` on, with noise of ±15 ppm. */
const aired = (ppm: number, perHour: number, minutes: number) =>
    Array.from({ length: minutes }, (_, minute) =>
        Math.round(420 + (ppm - 420) * Math.exp((-perHour * minute) / 60) + 15 * Math.sin(7 * minute)),
    )

describe("airings in readings", () => {
    it("go from the last high reading to the lowest", () => {
        const found = airingsIn(readings([1600, 1610, 1620, 1400, 1200, 1000, 850, 760, 700, 702, 705, 720]))
        assert.deepEqual(found, [{ from: 120, to: 480, fromPpm: 1620, toPpm: 700 }])
    })

    it("are found with readings every 5 minutes and every 5 seconds", () => {
        const [slow] = airingsIn(readings([1500, 1620, 1100, 760, 700, 720], 300))
        assert.deepEqual(slow, { from: 300, to: 1200, fromPpm: 1620, toPpm: 700 })
        const every5S = Array.from({ length: 240 }, (_, at) => Math.round(1600 - 900 * Math.min(1, at / 120)))
        assert.deepEqual(airingsIn(readings(every5S, 5)), [{ from: 0, to: 600, fromPpm: 1600, toPpm: 700 }])
    })

    it("are each of several", () => {
        const day = [
            ...aired(1500, 8, 12),
            ...Array.from({ length: 30 }, (_, at) => 600 + 28 * at),
            ...aired(1460, 8, 12),
        ]
        assert.equal(airingsIn(readings(day)).length, 2)
    })

    it("are not a room that empties, a draught, or a sensor that comes back", () => {
        assert.deepEqual(airingsIn(readings(aired(1600, 0.5, 120))), [])
        assert.deepEqual(airingsIn(readings([900, 880, 830, 790, 770, 770, 770])), [])
        const paused = [
            { time: 0, ppm: 1600 },
            { time: 3600, ppm: 600 },
        ]
        assert.deepEqual(airingsIn(paused), [])
        assert.deepEqual(airingsIn([]), [])
    })

    it("are none in six days of an office whose windows stay closed, where one breath reaches the sensor", function () {
        if (!existsSync(OFFICE)) return this.skip()
        const points = readFileSync(OFFICE, "utf8")
            .split("\n")
            .slice(1)
            .flatMap(line => {
                const [, date, , , , ppm] = line.replaceAll('"', "").split(",")
                return date ? [{ time: Date.parse(`${date}Z`) / 1000, ppm: Number(ppm) }] : []
            })
        assert.equal(points.length, 8143)
        // on 2015-02-09 CO2 is 619 ppm at 22:09:59, 1,365 at 22:11 and 622 at 22:15
        assert.deepEqual(airingsIn(points), [])
    })
})
