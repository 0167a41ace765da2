import assert from "node:assert/strict"
import { Workbench } from "../support/workbench.ts"

const SCD4X_QUANTITIES = ["co2Ppm", "temperatureC", "humidityRh"]
const SGP30_QUANTITIES = ["eco2Ppm", "tvocPpb"]
const ALL = ["co2Ppm", "eco2Ppm", "tvocPpb", "temperatureC", "humidityRh"]

/** Both sensors are ready by then. */
const WARM_S = 45

describe("the firmware's sensors", function () {
    this.timeout(60_000)

    /** A bench with these parts on it, ready to measure. */
    async function warmBench(parts?: ("scd4x" | "sgp30")[]): Promise<Workbench> {
        const bench = await new Workbench(parts).powerUp()
        bench.runSeconds(WARM_S)
        return bench
    }

    /** Every reading taken meanwhile. */
    function quantitiesFor(bench: Workbench, seconds: number): string[][] {
        const from = bench.events.length
        bench.runSeconds(seconds)
        return bench.quantitiesSince(from)
    }

    function assertCalm(bench: Workbench): void {
        assert.deepEqual(bench.panics, [])
        assert.deepEqual(bench.said("fault"), [])
    }

    it("are found with their serial numbers, and go from starting over warming to ready", async () => {
        const bench = await warmBench()
        const serials = bench.said("sensor").filter(({ state }) => state === "starting")
        assert.deepEqual(serials, [
            { name: "sgp30", state: "starting", serial: "000000489c5e" },
            { name: "scd4x", state: "starting", serial: "f8969f073bbe" },
        ])
        for (const name of ["scd4x", "sgp30"]) assert.deepEqual(bench.states(name), ["starting", "warming", "ready"])
        assertCalm(bench)
    })

    it("give readings of the air as it is", async () => {
        const bench = await warmBench()
        const { seq, end, co2Ppm, eco2Ppm, tvocPpb, temperatureC, humidityRh } = bench.said("reading").at(-1)!
        assert.deepEqual({ seq, end, co2Ppm, temperatureC, humidityRh, tvocPpb }, { seq: "4", end: "40", co2Ppm: "721", temperatureC: "23.18", humidityRh: "27.27", tvocPpb: "150" })
        assert.ok(Number(eco2Ppm) > 1000)
    })

    it("give a temperature just below zero with its sign", async () => {
        const bench = new Workbench()
        bench.air = { co2Ppm: 420, temperatureC: -0.05, humidityRh: 80 }
        await bench.powerUp()
        bench.runSeconds(WARM_S)
        assert.equal(bench.said("reading").at(-1)!.temperatureC, "-0.05")
    })

    for (const [part, quantities] of [["scd4x", SCD4X_QUANTITIES], ["sgp30", SGP30_QUANTITIES]] as const)
        it(`give only what was measured when there is only an ${part}`, async () => {
            const bench = await warmBench([part])
            assert.deepEqual(quantitiesFor(bench, 30), Array(3).fill(quantities))
            assert.deepEqual(bench.states(part === "scd4x" ? "sgp30" : "scd4x"), ["absent"])
            assertCalm(bench)
        })

    it("may be missing altogether: visible, no reading, no crash", async () => {
        const bench = await new Workbench([]).powerUp()
        bench.runSeconds(3600)
        assert.deepEqual([bench.states("scd4x"), bench.states("sgp30")], [["absent"], ["absent"]])
        assert.deepEqual(bench.said("reading"), [])
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

    it("measure the SGP30 in every second, to 100 ms, whatever the SCD4x does", async () => {
        const bench = await warmBench()
        const { calls } = bench.sgp30.cadence
        bench.runSeconds(1200)
        assert.ok(Math.abs(bench.sgp30.cadence.calls - calls - 1200) <= 1, `${bench.sgp30.cadence.calls - calls} measurements in 1200 s`)
        assert.equal(bench.sgp30.cadence.offBeat, 0)
    })

    it("do not report the fixed answers of the SGP30's first 15 s", async () => {
        const bench = await new Workbench(["sgp30"]).powerUp({ INTERVAL_S: "5" })
        bench.runSeconds(60)
        const readings = bench.said("reading")
        assert.equal(readings[0]!.end, "20")
        assert.deepEqual(new Set(readings.map(({ tvocPpb }) => tvocPpb)), new Set(["150"]))
    })

    it("start the SGP30 anew when it lost its power for a second", async () => {
        const bench = await warmBench(["sgp30"])
        const from = bench.events.length
        bench.sgp30.faults.unplugged = true
        bench.runSeconds(1)
        bench.sgp30.faults.unplugged = false
        bench.runSeconds(60)
        const tvocPpb = bench.events.slice(from).flatMap(({ event, values }) => (event === "reading" ? values.tvocPpb! : []))
        assert.ok(tvocPpb.length >= 3)
        assert.deepEqual(new Set(tvocPpb), new Set(["150"]))
        assert.equal(bench.sgp30.cadence.offBeat, 0)
    })

    describe("tell apart", () => {
        const calm: Record<string, [(bench: Workbench, part: "scd4x" | "sgp30") => void, string]> = {
            "a missing acknowledge": [(bench, part) => (bench[part].faults.nackNext = 1), "nack"],
            "a wrong CRC": [(bench, part) => (bench[part].faults.corruptNextCrc = 1), "crc"],
        }
        for (const part of ["scd4x", "sgp30"] as const)
            for (const [name, [harm, kind]] of Object.entries(calm))
                it(`${name} of the ${part}, and go on measuring`, async () => {
                    const bench = await warmBench()
                    harm(bench, part)
                    assert.deepEqual(quantitiesFor(bench, 20), [ALL, ALL])
                    assert.deepEqual(bench.errors(part), [`${kind} 1`])
                    assert.deepEqual(bench.states(part), ["starting", "warming", "ready"])
                    harm(bench, part)
                    bench.runSeconds(20)
                    assert.deepEqual(bench.errors(part), [`${kind} 1`, `${kind} 2`])
                })

        it("a value that no air has", async () => {
            const bench = await warmBench(["scd4x"])
            bench.air = { ...bench.air, co2Ppm: 0 }
            bench.runSeconds(6)
            bench.air = { ...bench.air, co2Ppm: 500 }
            bench.runSeconds(30)
            assert.deepEqual(bench.errors("scd4x"), ["range 1"])
            const all = bench.said("reading").map(({ co2Ppm }) => co2Ppm)
            assert.deepEqual(new Set(all), new Set(["721", "500"]))
        })

        it("an SCD4x that measures nothing new, and use it again when it does", async () => {
            const bench = await warmBench()
            bench.scd4x.faults.stuck = true
            bench.runSeconds(20)
            assert.deepEqual(bench.states("scd4x").slice(-4), ["ready", "failed", "starting", "warming"])
            assert.deepEqual(quantitiesFor(bench, 120), Array(12).fill(SGP30_QUANTITIES))
            assert.ok(bench.errors("scd4x").every(error => error.startsWith("stale ")) && bench.errors("scd4x").length > 0)
            bench.scd4x.faults.stuck = false
            bench.runSeconds(60)
            assert.deepEqual(quantitiesFor(bench, 20), [ALL, ALL])
        })
    })

    it("log a lasting error at its 1st, 2nd, 4th, 8th, … time only", async () => {
        const bench = await warmBench()
        bench.scd4x.faults.corruptNextCrc = 1e9
        bench.runSeconds(1200)
        assert.deepEqual(bench.errors("scd4x").slice(0, 4), ["crc 1", "crc 2", "crc 4", "crc 8"])
        assert.ok(bench.errors("scd4x").length <= 8)
        assert.equal(bench.states("scd4x").filter(state => state === "failed").length, 1)
    })

    for (const [part, others] of [["scd4x", SGP30_QUANTITIES], ["sgp30", SCD4X_QUANTITIES]] as const)
        it(`leave out what the ${part} measured while it is unplugged, and use it again when it is back`, async () => {
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
