import assert from "node:assert/strict"
import type { Air } from "../../../devs/sim/air/air.ts"
import { Sht3x } from "../../../devs/sim/sensors/sht3x.ts"
import { type Part, Workbench } from "../../support/workbench.ts"

const SCD4X_QUANTITIES = ["co2Ppm", "temperatureC", "humidityRh"]
const SGP30_QUANTITIES = ["eco2Ppm", "tvocPpb"]
const SHT3X_QUANTITIES = ["temperatureC", "humidityRh"]
const EVERY_PART: Part[] = ["sht3x", "scd30", "scd4x", "sgp30"]
const ALL = ["co2Ppm", "eco2Ppm", "tvocPpb", "temperatureC", "humidityRh"]

/** All sensors are ready by then. */
const WARM_S = 45

describe("the firmware's sensors", () => {
    /** A bench with these parts on it, ready to measure. */
    async function warmBench(parts?: Part[]): Promise<Workbench> {
        const bench = await new Workbench(parts).powerUp()
        bench.runSeconds(WARM_S)
        return bench
    }

    /** The quantities of each reading during this time. */
    function quantitiesFor(bench: Workbench, seconds: number): string[][] {
        const from = bench.events.length
        bench.runSeconds(seconds)
        return bench.quantitiesSince(from)
    }

    function assertCalm(bench: Workbench): void {
        assert.deepEqual(bench.panics, [])
        assert.deepEqual(bench.logged("fault"), [])
    }

    it("are found with their serial numbers, and go from starting to warming to ready", async () => {
        const bench = await warmBench()
        const serials = bench.logged("sensor").filter(({ state }) => state === "starting")
        assert.deepEqual(serials, [
            { name: "sgp30", state: "starting", serial: "000000489c5e" },
            { name: "scd4x", state: "starting", serial: "f8969f073bbe" },
        ])
        for (const name of ["scd4x", "sgp30"]) assert.deepEqual(bench.states(name), ["starting", "warming", "ready"])
        assertCalm(bench)
    })

    it("measure the air correctly", async () => {
        const bench = await warmBench()
        const { seq, end, co2Ppm, eco2Ppm, tvocPpb, temperatureC, humidityRh } = bench.logged("reading").at(-1)!
        assert.deepEqual(
            { seq, end, co2Ppm, temperatureC, humidityRh, tvocPpb },
            { seq: "4", end: "40", co2Ppm: "721", temperatureC: "23.18", humidityRh: "27.27", tvocPpb: "150" },
        )
        assert.ok(Number(eco2Ppm) > 1000)
    })

    it("give a temperature just below zero with its sign", async () => {
        const bench = new Workbench()
        bench.air = { co2Ppm: 420, temperatureC: -0.05, humidityRh: 80 }
        await bench.powerUp()
        bench.runSeconds(WARM_S)
        assert.equal(bench.logged("reading").at(-1)!.temperatureC, "-0.05")
    })

    for (const [part, quantities] of [
        ["scd4x", SCD4X_QUANTITIES],
        ["scd30", SCD4X_QUANTITIES],
        ["sht3x", SHT3X_QUANTITIES],
        ["sgp30", SGP30_QUANTITIES],
    ] as const)
        it(`give only the quantities of the ${part} if there is no other sensor`, async () => {
            const bench = await warmBench([part])
            assert.deepEqual(quantitiesFor(bench, 30), Array(3).fill(quantities))
            for (const other of EVERY_PART)
                assert.deepEqual(bench.states(other), other === part ? ["starting", "warming", "ready"] : ["absent"])
            assertCalm(bench)
        })

    it("find an SHT3x at its other address", async () => {
        const bench = new Workbench([])
        bench.bus.attach(new Sht3x({ air: { airAt: () => bench.air }, address: 0x45 }))
        await bench.powerUp()
        bench.runSeconds(20)
        assert.deepEqual(bench.states("sht3x"), ["starting", "warming", "ready"])
    })

    it("may all be missing: logged, without a reading or a crash", async () => {
        const bench = await new Workbench([]).powerUp()
        bench.runSeconds(3600)
        for (const part of EVERY_PART) assert.deepEqual(bench.states(part), ["absent"])
        assert.deepEqual(bench.logged("reading"), [])
        assertCalm(bench)
    })

    it("may be plugged in later", async () => {
        const bench = await new Workbench([]).powerUp()
        bench.runSeconds(600)
        bench.bus.attach(bench.scd4x)
        bench.bus.attach(bench.sgp30)
        bench.runSeconds(120)
        assert.deepEqual(bench.states("scd4x"), ["absent", "starting", "warming", "ready"])
        assert.deepEqual(quantitiesFor(bench, 20), [ALL, ALL])
    })

    it("measure the SGP30 every second, to 100 ms, while the SCD4x is busy", async () => {
        const bench = await warmBench()
        const { calls } = bench.sgp30.cadence
        bench.runSeconds(1200)
        assert.ok(
            Math.abs(bench.sgp30.cadence.calls - calls - 1200) <= 1,
            `${bench.sgp30.cadence.calls - calls} measurements in 1200 s`,
        )
        assert.equal(bench.sgp30.cadence.offSchedule, 0)
    })

    it("do not report the fixed values of the SGP30's first 15 s", async () => {
        const bench = await new Workbench(["sgp30"]).powerUp({ INTERVAL_S: "5" })
        bench.runSeconds(60)
        const readings = bench.logged("reading")
        assert.equal(readings[0]!.end, "20")
        assert.deepEqual(new Set(readings.map(({ tvocPpb }) => tvocPpb)), new Set(["150"]))
    })

    it("restart the SGP30 after it lost power for a second", async () => {
        const bench = await warmBench(["sgp30"])
        const from = bench.events.length
        bench.sgp30.faults.unplugged = true
        bench.runSeconds(1)
        bench.sgp30.faults.unplugged = false
        bench.runSeconds(60)
        const tvocPpb = bench.events
            .slice(from)
            .flatMap(({ event, values }) => (event === "reading" ? values.tvocPpb! : []))
        assert.ok(tvocPpb.length >= 3)
        assert.deepEqual(new Set(tvocPpb), new Set(["150"]))
        assert.equal(bench.sgp30.cadence.offSchedule, 0)
    })

    describe("distinguish", () => {
        const calm: Record<string, [(bench: Workbench, part: Part) => void, string]> = {
            "a missing acknowledge": [(bench, part) => (bench[part].faults.nackNext = 1), "nack"],
            "a wrong CRC": [(bench, part) => (bench[part].faults.corruptNextCrc = 1), "crc"],
        }
        for (const part of EVERY_PART)
            for (const [name, [harm, kind]] of Object.entries(calm))
                it(`${name} of the ${part}, and go on measuring`, async () => {
                    const bench = await warmBench(EVERY_PART)
                    harm(bench, part)
                    assert.deepEqual(quantitiesFor(bench, 20), [ALL, ALL])
                    assert.deepEqual(bench.errors(part), [`${kind} 1`])
                    assert.deepEqual(bench.states(part), ["starting", "warming", "ready"])
                    harm(bench, part)
                    bench.runSeconds(20)
                    assert.deepEqual(bench.errors(part), [`${kind} 1`, `${kind} 2`])
                })

        it("a value out of range", async () => {
            const bench = await warmBench(["scd4x"])
            bench.air = { ...bench.air, co2Ppm: 0 }
            bench.runSeconds(6)
            bench.air = { ...bench.air, co2Ppm: 500 }
            bench.runSeconds(30)
            assert.deepEqual(bench.errors("scd4x"), ["range 1"])
            const all = bench.logged("reading").map(({ co2Ppm }) => co2Ppm)
            assert.deepEqual(new Set(all), new Set(["721", "500"]))
        })

        const CO2_PARTS = ["scd4x", "scd30"] as const
        const SHORT_CIRCUIT_C = 130
        const OPEN_CIRCUIT_C = -45
        /** What the air of a part is, and which quantities of it are then used. */
        const atTheStop: [parts: readonly Part[], air: Partial<Air>, used: string[]][] = [
            [CO2_PARTS, { co2Ppm: 0 }, SHT3X_QUANTITIES],
            [CO2_PARTS, { co2Ppm: 1 }, SHT3X_QUANTITIES],
            [CO2_PARTS, { co2Ppm: 249 }, SHT3X_QUANTITIES],
            [CO2_PARTS, { co2Ppm: 40_000 }, SHT3X_QUANTITIES],
            [CO2_PARTS, { co2Ppm: 50_000 }, SHT3X_QUANTITIES],
            [CO2_PARTS, { temperatureC: OPEN_CIRCUIT_C, humidityRh: 50 }, ["co2Ppm"]],
            [CO2_PARTS, { temperatureC: SHORT_CIRCUIT_C, humidityRh: 100 }, ["co2Ppm"]],
            [["sht3x"], { temperatureC: OPEN_CIRCUIT_C, humidityRh: 0 }, []],
            [["sht3x"], { temperatureC: OPEN_CIRCUIT_C, humidityRh: 100 }, []],
            [["sht3x"], { temperatureC: SHORT_CIRCUIT_C, humidityRh: 100 }, []],
        ]
        for (const [parts, air, used] of atTheStop)
            for (const part of parts)
                it(`${JSON.stringify(air)} as the ${part} says it, which is no air`, async () => {
                    const bench = new Workbench([part])
                    bench.air = { ...bench.air, ...air }
                    await bench.powerUp()
                    assert.deepEqual(quantitiesFor(bench, 20), used.length > 0 ? [used] : [])
                    assert.equal(bench.errors(part)[0], "range 1")
                })

        const air: [parts: readonly Part[], air: Partial<Air>][] = [
            [CO2_PARTS, { co2Ppm: 251 }],
            [CO2_PARTS, { co2Ppm: 39_998 }],
            [["sht3x", "scd4x"], { humidityRh: 100 }],
            [["sht3x"], { humidityRh: 0 }],
            [["sht3x"], { temperatureC: -39.9, humidityRh: 100 }],
        ]
        for (const [parts, values] of air)
            for (const part of parts)
                it(`${JSON.stringify(values)} of the ${part}, which is air`, async () => {
                    const bench = new Workbench([part])
                    bench.air = { ...bench.air, ...values }
                    await bench.powerUp()
                    bench.runSeconds(WARM_S)
                    assert.deepEqual(bench.errors(part), [])
                    const newest = bench.logged("reading").at(-1)!
                    for (const [name, value] of Object.entries(values)) assert.equal(Number(newest[name]), value)
                })

        it("an SCD4x without new measurements, and use it again when it has some", async () => {
            const bench = await warmBench()
            bench.scd4x.faults.stuck = true
            bench.runSeconds(30)
            assert.deepEqual(bench.states("scd4x").slice(-4), ["ready", "failed", "starting", "warming"])
            assert.deepEqual(
                bench.logged("sensor").filter(({ state }) => state === "failed"),
                [{ name: "scd4x", state: "failed", reason: "stale" }],
            )
            assert.deepEqual(
                bench.logged("sensor").filter(({ name, selftest }) => name === "scd4x" && selftest),
                [{ name: "scd4x", selftest: "ok" }],
            )
            assert.deepEqual(quantitiesFor(bench, 120), Array(12).fill(SGP30_QUANTITIES))
            assert.ok(
                bench.errors("scd4x").every(error => error.startsWith("stale ")) && bench.errors("scd4x").length > 0,
            )
            bench.scd4x.faults.stuck = false
            bench.runSeconds(60)
            assert.deepEqual(quantitiesFor(bench, 20), [ALL, ALL])
        })
    })

    it("prefer the SHT3x to the SCD30 and the SCD30 to the SCD4x, within each interval", async () => {
        const bench = new Workbench(EVERY_PART)
        const room = bench.air
        // each sensor has its own air
        bench.airOf = {
            sht3x: { ...room, temperatureC: 21, humidityRh: 40 },
            scd30: { ...room, co2Ppm: 800, temperatureC: 22 },
            scd4x: { ...room, co2Ppm: 700, temperatureC: 24 },
        }
        await bench.powerUp()
        const values = () => {
            bench.runSeconds(WARM_S)
            const { co2Ppm, temperatureC } = bench.logged("reading").at(-1)!
            return [co2Ppm, temperatureC]
        }
        assert.deepEqual(values(), ["800", "21.00"])
        bench.sht3x.faults.unplugged = true
        assert.deepEqual(values(), ["800", "22.00"])
        bench.scd30.faults.unplugged = true
        assert.deepEqual(values(), ["700", "24.00"])
        bench.sht3x.faults.unplugged = false
        assert.deepEqual(values(), ["700", "21.00"])
    })

    it("restart an SGP30 that lost its baseline in a moment without power, and accept a true 400 ppm", async () => {
        const bench = new Workbench(["sgp30"])
        bench.air = { ...bench.air, tvocPpb: 0 }
        await bench.powerUp()
        bench.runSeconds(300)
        assert.deepEqual(bench.states("sgp30"), ["starting", "warming", "ready"])
        assert.equal(bench.logged("reading").at(-1)!.eco2Ppm, "400")
        bench.air = { ...bench.air, tvocPpb: 150 }
        bench.sgp30.powerOn(bench.nowMs - 10)
        bench.runSeconds(100)
        assert.deepEqual(bench.states("sgp30").slice(-3), ["ready", "warming", "ready"])
        assert.equal(bench.logged("reading").at(-1)!.tvocPpb, "150")
    })

    it("log only the 1st, 2nd, 4th, 8th, … of a permanent error", async () => {
        const bench = await warmBench()
        bench.scd4x.faults.corruptNextCrc = 1e9
        bench.runSeconds(1200)
        assert.deepEqual(bench.errors("scd4x").slice(0, 4), ["crc 1", "crc 2", "crc 4", "crc 8"])
        assert.ok(bench.errors("scd4x").length <= 8)
        assert.equal(bench.states("scd4x").filter(state => state === "failed").length, 1)
    })

    for (const [part, others] of [
        ["scd4x", SGP30_QUANTITIES],
        ["sgp30", SCD4X_QUANTITIES],
    ] as const)
        it(`omit the quantities of the ${part} while it is unplugged, and use it again when it is back`, async () => {
            const bench = await warmBench()
            bench[part].faults.unplugged = true
            bench.runSeconds(30)
            assert.deepEqual(bench.states(part).slice(-2), ["failed", "absent"])
            assert.deepEqual(quantitiesFor(bench, 300), Array(30).fill(others))
            bench[part].faults.unplugged = false
            bench.runSeconds(70)
            assert.deepEqual(bench.states(part).slice(-4), ["absent", "starting", "warming", "ready"])
            assert.deepEqual(quantitiesFor(bench, 20), [ALL, ALL])
            assertCalm(bench)
        })
})
