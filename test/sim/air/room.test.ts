import assert from "node:assert/strict"
import { absoluteHumidity, relativeHumidity } from "../../../devs/sim/air/air.ts"
import { peoplePresent } from "../../../devs/sim/air/occupancy.ts"
import { Room, type WindowState, windowStates } from "../../../devs/sim/air/room.ts"

const START = 1_422_886_740_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE

function everyMinute(room: Room, hours: number) {
    return Array.from({ length: hours * 60 }, (_, minute) => room.airAt(START + minute * MINUTE))
}

describe("room air", () => {
    it("follows what a person sets from that moment on, whenever it is queried", () => {
        const room = new Room({ seed: 3, startMs: START })
        const before = room.airAt(START + 7 * MINUTE)
        room.set({ co2Ppm: 2000, temperatureC: 27 }, START + 7 * MINUTE)
        const { co2Ppm, temperatureC } = room.airAt(START + 9 * MINUTE)
        assert.deepEqual([co2Ppm, temperatureC], [2000, 27])
        room.set({ people: 30, window: "closed" }, START + 10 * MINUTE)
        const crowded = room.airAt(START + 70 * MINUTE).co2Ppm
        // 540 l/h into 75 m³ for an hour, less 0.4 air changes of it
        assert.ok(crowded > 6500 && crowded < 8500, `${crowded} ppm`)
        assert.deepEqual(room.useAt(START + 70 * MINUTE), { people: 30, window: "closed" })
        room.set({ people: 0, window: "open" }, START + 70 * MINUTE)
        const aired = room.airAt(START + 130 * MINUTE).co2Ppm
        assert.ok(aired < 500, `${aired} ppm`)
        assert.deepEqual(room.airAt(START + 7 * MINUTE - 1).humidityRh.toFixed(2), before.humidityRh.toFixed(2))
        assert.equal(room.airAt(START + 130 * MINUTE).co2Ppm, aired)
    })

    it("is renewed faster by an open window than by a tilted one, and by that faster than by a closed one", () => {
        const after = (window: WindowState) => {
            const room = new Room({ seed: 3, startMs: START })
            room.set({ co2Ppm: 2500 }, START)
            room.set({ people: 4, window }, START + MINUTE)
            return room.airAt(START + 20 * MINUTE).co2Ppm
        }
        const [closed, tilted, open] = windowStates.map(after) as [number, number, number]
        assert.ok(closed > tilted + 300 && tilted > open + 300, `${[closed, tilted, open]} ppm`)
    })

    it("is up to the room's own plan again once nothing is set", () => {
        const room = new Room({ seed: 3, startMs: START })
        room.set({ people: 12 }, START + 11 * MINUTE)
        room.set({}, START + 12 * MINUTE)
        assert.notEqual(room.useAt(START + 12 * MINUTE).people, 12)
        assert.equal(room.useAt(START + 11 * MINUTE).people, 12)
    })

    it("is the same for the same seed and differs for another", () => {
        const day = (seed: number) => everyMinute(new Room({ seed, startMs: START }), 24)
        assert.deepEqual(day(1), day(1))
        assert.notDeepEqual(day(1), day(2))
    })

    it("does not depend on the order of the queries", () => {
        const room = new Room({ seed: 3, startMs: START })
        const moments = [0, 50 * HOUR, 49.5 * HOUR, 3 * HOUR, 50 * HOUR, 1000, 0]
        const straight = moments.map(moment => new Room({ seed: 3, startMs: START }).airAt(START + moment))
        assert.deepEqual(
            moments.map(moment => room.airAt(START + moment)),
            straight,
        )
    })

    it("changes within minutes of a default start, whatever the seed", () => {
        for (let seed = 0; seed < 200; seed++) {
            const room = new Room({ seed, startMs: START })
            const [first, later] = [room.airAt(START), room.airAt(START + 5 * MINUTE)]
            assert.ok(later.co2Ppm - first.co2Ppm > 5, `CO2 with seed ${seed}`)
            assert.ok(Math.abs(later.temperatureC - first.temperatureC) > 0.05, `temperature with seed ${seed}`)
        }
    })

    it("changes smoothly from one second to the next", () => {
        const room = new Room({ seed: 5, startMs: START, kind: "classroom" })
        let before = room.airAt(START)
        for (let second = 1; second < 8 * 3600; second++) {
            const air = room.airAt(START + second * 1000)
            assert.ok(Math.abs(air.co2Ppm - before.co2Ppm) < 3, `second ${second}`)
            assert.ok(Math.abs(air.humidityRh - before.humidityRh) < 0.1, `second ${second}`)
            before = air
        }
    })

    it("stays within plausible limits for a week", () => {
        for (const kind of ["office", "classroom"] as const) {
            for (const air of everyMinute(new Room({ seed: 11, startMs: START, kind }), 7 * 24)) {
                assert.ok(air.co2Ppm >= 420 && air.co2Ppm < 3000, `${air.co2Ppm} ppm`)
                assert.ok(air.temperatureC > 14 && air.temperatureC < 27, `${air.temperatureC} °C`)
                assert.ok(air.humidityRh > 10 && air.humidityRh < 80, `${air.humidityRh} %RH`)
                assert.ok(air.tvocPpb! > 10 && air.tvocPpb! < 600, `${air.tvocPpb} ppb`)
            }
        }
    })

    it("becomes stale with people and fresh overnight and at the weekend", () => {
        const room = new Room({ seed: 1, startMs: START })
        const peak = Math.max(...everyMinute(room, 9).map(air => air.co2Ppm))
        assert.ok(peak > 1000, `peak ${peak}`)
        assert.ok(room.airAt(START + 21 * HOUR).co2Ppm < 450)
        assert.ok(room.airAt(START + (4 * 24 + 48) * HOUR).co2Ppm < 425)
    })

    it("rises by the CO2 that people exhale: 18 l per hour each, 0.3 ppm per minute in 1000 m³", () => {
        const room = new Room({ seed: 1, startMs: START, startHour: 10, volumeM3: 1000, seats: 400 })
        const people = peoplePresent("office", 1, 400, 10 * 60)
        const rise = room.airAt(START + MINUTE).co2Ppm - room.airAt(START).co2Ppm
        assert.ok(people > 200)
        assert.ok(Math.abs(rise / (people * 0.3) - 1) < 0.05, `${rise} ppm in a minute from ${people} people`)
    })

    it("is aired for ten minutes when it gets stuffy, and cools meanwhile", () => {
        const day = everyMinute(new Room({ seed: 1, startMs: START }), 7)
        const airings = day.filter((air, minute) => minute >= 10 && day[minute - 10]!.co2Ppm - air.co2Ppm > 250)
        assert.ok(airings.length > 0)
        for (const air of airings) assert.ok(air.temperatureC < day[day.indexOf(air) - 10]!.temperatureC)
        const falls = day.map((air, minute) => minute > 0 && air.co2Ppm < day[minute - 1]!.co2Ppm - 10)
        assert.ok(!falls.some((_, minute) => falls.slice(minute, minute + 11).filter(Boolean).length === 11))
    })

    it("cools to 18 °C overnight and is warm again by day", () => {
        const room = new Room({ seed: 1, startMs: START })
        assert.ok(Math.abs(room.airAt(START + 20 * HOUR).temperatureC - 18) < 0.5)
        assert.ok(room.airAt(START + 23.5 * HOUR).temperatureC > 20)
    })

    it("is the initial air before the start", () => {
        const room = new Room({ seed: 1, startMs: START })
        assert.deepEqual(room.airAt(START - HOUR), room.airAt(START))
    })

    it("is cheap: a week, queried every minute, takes less than two seconds", () => {
        const startedMs = performance.now()
        everyMinute(new Room({ seed: 1, startMs: START }), 7 * 24)
        assert.ok(performance.now() - startedMs < 2000)
    })
})

describe("occupancy", () => {
    const at = (day: number, hour: number) => (day * 24 + hour) * 60

    it("fills an office by day, and leaves it empty at night and at the weekend", () => {
        assert.ok(peoplePresent("office", 1, 40, at(0, 10)) > 25)
        assert.equal(peoplePresent("office", 1, 40, at(0, 3)), 0)
        assert.equal(peoplePresent("office", 1, 40, at(0, 20)), 0)
        assert.equal(peoplePresent("office", 1, 40, at(5, 10)), 0)
        assert.equal(peoplePresent("office", 1, 40, at(6, 10)), 0)
        assert.ok(peoplePresent("office", 1, 40, at(7, 10)) > 25)
    })

    it("falls at lunch time", () => {
        assert.ok(peoplePresent("office", 1, 40, at(0, 12.5)) < peoplePresent("office", 1, 40, at(0, 10)) / 2)
        assert.ok(peoplePresent("office", 1, 40, at(0, 14)) > 25)
    })

    it("empties a classroom in every break", () => {
        assert.ok(peoplePresent("classroom", 1, 25, at(1, 8)) >= 21)
        assert.equal(peoplePresent("classroom", 1, 25, at(1, 8.8)), 0)
        assert.equal(peoplePresent("classroom", 1, 25, at(1, 14)), 0)
    })
})

describe("humidity", () => {
    it("converts 25 °C and 50 %RH to 11.5 g/m³ and back", () => {
        assert.equal(absoluteHumidity(25, 50).toFixed(1), "11.5")
        assert.equal(relativeHumidity(25, absoluteHumidity(25, 50)).toFixed(6), "50.000000")
    })

    it("falls when the same air is warmed", () => {
        assert.equal(relativeHumidity(30, absoluteHumidity(20, 50)).toFixed(1), "28.5")
    })
})
