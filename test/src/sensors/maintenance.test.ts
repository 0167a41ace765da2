import assert from "node:assert/strict"
import { I2cBus } from "../../../devs/sim/sensors/i2c.ts"
import { Scd4x } from "../../../devs/sim/sensors/scd4x.ts"
import { Scd30 } from "../../../devs/sim/sensors/scd30.ts"
import { Sgp30 } from "../../../devs/sim/sensors/sgp30.ts"
import type { Peripherals } from "../../../devs/vm/peripherals.ts"
import { boot } from "../../support/program.ts"
import { ScriptedServer } from "../../support/scripted-server.ts"
import { type Part, Workbench } from "../../support/workbench.ts"

const HOUR_S = 3600
const DAY_S = 24 * HOUR_S
const SGP30_ADDRESS = 0x58

/** Counts the I2C writes that begin with this command, in hex. */
function countWrites(bus: I2cBus, command: string): () => number {
    let count = 0
    const transfer = bus.transfer.bind(bus)
    bus.transfer = (address, write, readLength, atMs) => {
        if (Buffer.from(write).toString("hex").startsWith(command)) count++
        return transfer(address, write, readLength, atMs)
    }
    return () => count
}

describe("the SGP30's baseline", function () {
    this.timeout(120_000)
    const settings = { API_URL: "https://air.example", API_TOKEN: "tok", INTERVAL_S: "600", BATCH: "1" }
    let bench: Workbench
    let server: ScriptedServer

    async function powerUp(available = true): Promise<void> {
        bench = new Workbench()
        server = new ScriptedServer(() => bench.nowMs)
        server.available = available
        await bench.powerUp(settings, { network: server })
    }

    const said = () =>
        bench
            .logged("sensor")
            .flatMap(({ baseline, hours, age }) => (baseline ? [[baseline, hours, age].filter(Boolean).join(" ")] : []))
    /** CO2, then TVOC, with their CRCs, as the part answers */
    const words = () => {
        // half a second before the next measurement, which is due now
        const atMs = bench.nowMs - 500
        bench.bus.transfer(SGP30_ADDRESS, Buffer.from("2015", "hex"), 0, atMs)
        return Buffer.from(bench.bus.transfer(SGP30_ADDRESS, new Uint8Array(), 6, atMs + 10).read!).toString("hex")
    }

    it("is saved after 12 hours, then hourly, and restored after an hour without power once the time is known", async () => {
        await powerUp()
        bench.runSeconds(12 * HOUR_S - 60)
        assert.deepEqual(said(), [])
        bench.runSeconds(2 * HOUR_S)
        assert.deepEqual(said(), ["saved 12", "saved 13"])
        await bench.cutPower(HOUR_S, { network: server })
        const sets = countWrites(bench.bus, "201e")
        bench.runSeconds(500)
        assert.deepEqual([said(), sets()], [[], 0])
        bench.runSeconds(200)
        assert.deepEqual([said(), sets()], [["restored 13 2"], 1])
        assert.equal(words(), "8973ca" + "8aaeaf")
        assert.deepEqual(bench.states("sgp30"), ["starting", "warming", "ready", "warming", "ready"])
        bench.runSeconds(HOUR_S)
        assert.deepEqual(said(), ["restored 13 2", "saved 14"])
        assert.equal(bench.sgp30.cadence.offSchedule, 0)

        await bench.cutPower(8 * DAY_S, { network: server })
        bench.runSeconds(2 * HOUR_S)
        assert.deepEqual([said(), sets()], [[], 1])
        assert.deepEqual(bench.states("sgp30"), ["starting", "warming", "ready"])
        assert.deepEqual(bench.panics, [])
    })

    it("is not written without a date, but is restored within the same boot", async () => {
        await powerUp(false)
        bench.runSeconds(12 * HOUR_S + 60)
        assert.deepEqual(said(), ["undated 12"])
        assert.equal(Buffer.from(bench.flash).includes(":sgp30Baseline"), false)
        bench.sgp30.faults.unplugged = true
        bench.runSeconds(10)
        bench.sgp30.faults.unplugged = false
        bench.runSeconds(60)
        assert.deepEqual(said(), ["undated 12", "restored 12 0"])
        server.available = true
        bench.runSeconds(HOUR_S)
        assert.deepEqual(said(), ["undated 12", "restored 12 0", "saved 13"])
    })

    it("is not restored to another SGP30", async () => {
        await powerUp()
        bench.runSeconds(12 * HOUR_S + 60)
        assert.deepEqual(said(), ["saved 12"])
        assert.equal(Buffer.from(bench.flash).includes(":sgp30Baseline"), true)
        bench.bus.detach(bench.sgp30)
        bench.runSeconds(10)
        bench.bus.attach(new Sgp30({ air: { airAt: () => bench.air }, serial: [0, 0x48, 0x9c5f] }))
        bench.runSeconds(HOUR_S)
        assert.deepEqual(said(), ["saved 12"])
    })
})

describe("the SGP30's humidity", () => {
    async function warmBench(parts: Part[]): Promise<[Workbench, () => number]> {
        const bench = new Workbench(parts)
        bench.air = { ...bench.air, temperatureC: 25, humidityRh: 50 }
        const writes = countWrites(bench.bus, "2061")
        await bench.powerUp()
        bench.runSeconds(60)
        return [bench, writes]
    }

    for (const part of ["sht3x", "scd30", "scd4x"] as const)
        it(`comes from an ${part}, is sent once, and again when it has changed`, async () => {
            const [bench, writes] = await warmBench([part, "sgp30"])
            bench.runSeconds(600)
            assert.deepEqual([bench.sgp30.absoluteHumidityRaw, writes()], [2940, 1])
            bench.air = { ...bench.air, humidityRh: 50.5 }
            bench.runSeconds(60)
            assert.equal(writes(), 1)
            bench.air = { ...bench.air, humidityRh: 60 }
            bench.runSeconds(60)
            assert.deepEqual([bench.sgp30.absoluteHumidityRaw, writes()], [3528, 2])
            bench[part].faults.unplugged = true
            bench.runSeconds(150)
            assert.deepEqual([bench.sgp30.absoluteHumidityRaw, writes()], [0, 3])
            assert.deepEqual(bench.panics, [])
        })

    it("is sent again after a power loss, and never without a sensor that measures it", async () => {
        const [bench, writes] = await warmBench(["sht3x", "sgp30"])
        bench.sgp30.faults.unplugged = true
        bench.runSeconds(10)
        bench.sgp30.faults.unplugged = false
        bench.runSeconds(60)
        assert.deepEqual([bench.sgp30.absoluteHumidityRaw, writes()], [2940, 2])
        const [alone, writesAlone] = await warmBench(["sgp30"])
        assert.deepEqual([alone.sgp30.absoluteHumidityRaw, writesAlone()], [0, 0])
    })
})

describe("a CO2 sensor's settings", () => {
    const mountain = { ALTITUDE_M: "1500", ASC: "0" }

    it("are the factory defaults unless set, and the SCD4x's EEPROM is then not written", async () => {
        const bench = await new Workbench().powerUp()
        bench.runSeconds(60)
        assert.equal(bench.scd4x.eepromWrites, 0)
    })

    it("are written once if they differ, and not again at the next boot", async () => {
        const bench = await new Workbench(["scd4x", "scd30"]).powerUp(mountain)
        const altitudes = countWrites(bench.bus, "2427" + "05dc")
        bench.runSeconds(60)
        assert.deepEqual([bench.scd4x.eepromWrites, altitudes()], [1, 1])
        const written = bench.scd30.memoryWrites
        await bench.cutPower(60)
        bench.runSeconds(60)
        // starting the measurement is the only thing that an SCD30 stores again
        assert.deepEqual([bench.scd4x.eepromWrites, altitudes(), bench.scd30.memoryWrites], [1, 1, written + 1])
        for (const part of ["scd4x", "scd30"]) assert.deepEqual(bench.states(part).at(-1), "ready")
    })

    describe("have a temperature offset", () => {
        const parts = ["scd4x", "scd30"] as const
        const said = (bench: Workbench) =>
            bench
                .logged("sensor")
                .flatMap(({ temperatureOffsetC, before }) => (temperatureOffsetC ? [[temperatureOffsetC, before]] : []))
        const temperature = (bench: Workbench) => bench.logged("reading").at(-1)!.temperatureC

        /** Leaves an offset of about 10 °C in the non-volatile memory of a part, as other firmware may. */
        function leaveOffset(bench: Workbench, part: (typeof parts)[number]): void {
            const frames = { scd4x: ["3f86", "241d0ea121", "3615"], scd30: ["540303e8d4"] }[part]
            for (const [at, frame] of frames.entries()) {
                const { status } = bench.bus.transfer(
                    bench[part].address,
                    Buffer.from(frame, "hex"),
                    0,
                    bench.nowMs - 20_000 + 3000 * at,
                )
                assert.equal(status, 0, frame)
            }
        }

        for (const part of parts)
            it(`of their own again, logged, if other firmware has left one in an ${part}`, async () => {
                const bench = new Workbench([part])
                bench[part].powerOn(bench.nowMs - 60_000)
                leaveOffset(bench, part)
                await bench.powerUp()
                bench.runSeconds(30)
                assert.equal(temperature(bench), "23.18")
                assert.deepEqual(said(bench), [part === "scd4x" ? ["4.00", "10.00"] : ["0.00", "10.00"]])
                const [eeprom, memory] = [bench.scd4x.eepromWrites, bench.scd30.memoryWrites]
                await bench.cutPower(60)
                bench.runSeconds(30)
                assert.equal(temperature(bench), "23.18")
                assert.deepEqual(said(bench), [])
                assert.equal(bench.scd4x.eepromWrites, eeprom)
                // starting the measurement is the only thing that an SCD30 stores again
                assert.equal(bench.scd30.memoryWrites, memory + (part === "scd30" ? 1 : 0))
            })

        it("as set, written once if it differs", async () => {
            const bench = await new Workbench(["scd4x", "scd30"]).powerUp({ TEMPERATURE_OFFSET_C: "6.5" })
            const [scd4x, scd30] = [countWrites(bench.bus, "241d09825a"), countWrites(bench.bus, "5403028af9")]
            bench.runSeconds(30)
            assert.deepEqual([scd4x(), scd30(), bench.scd4x.eepromWrites], [1, 1, 1])
            assert.deepEqual(said(bench), [
                ["6.50", "4.00"],
                ["6.50", "0.00"],
            ])
            // 6.5 °C above what the SCD30 says without an offset
            assert.equal(temperature(bench), "16.68")
            await bench.cutPower(60)
            bench.runSeconds(30)
            assert.deepEqual([scd4x(), scd30(), bench.scd4x.eepromWrites], [1, 1, 1])
        })

        for (const text of ["-1", "20.01", "2,5", "4.125", "4.", ".5", "4C", ""])
            it(`of the part's default, if ${JSON.stringify(text)} is set`, async () => {
                const bench = await new Workbench(["scd4x"]).powerUp({ TEMPERATURE_OFFSET_C: text })
                bench.runSeconds(30)
                assert.equal(temperature(bench), "23.18")
                assert.deepEqual([bench.scd4x.eepromWrites, said(bench)], [0, []])
                assert.deepEqual(
                    bench.logged("setting").map(({ name, problem }) => [name, problem]),
                    [["TEMPERATURE_OFFSET_C", "invalid"]],
                )
            })
    })

    it("have a pressure, which is sent to both sensors", async () => {
        const bench = new Workbench(["scd4x", "scd30"])
        const [scd4x, scd30] = [countWrites(bench.bus, "e000" + "03db42"), countWrites(bench.bus, "0010" + "03db42")]
        await bench.powerUp({ PRESSURE_HPA: "987" })
        bench.runSeconds(20)
        assert.deepEqual([scd4x(), scd30()], [1, 1])
    })

    for (const [name, settings, periods] of [
        ["a measurement in 30 s with low power", { LOW_POWER: "1", INTERVAL_S: "60" }, 20],
        ["one in 5 s when the interval is too short for that", { LOW_POWER: "1", INTERVAL_S: "59" }, 120],
    ] as const)
        it(`have ${name}`, async () => {
            const bench = await new Workbench(["scd4x", "scd30"]).powerUp(settings)
            bench.runSeconds(60)
            const [scd4x, scd30] = [countWrites(bench.bus, "ec05"), countWrites(bench.bus, "0300")]
            bench.runSeconds(600)
            for (const reads of [scd4x(), scd30()]) assert.ok(Math.abs(reads - periods) <= 1, `${reads} measurements`)
            assert.deepEqual(bench.errors("scd4x"), [])
        })

    it("are the defaults in place of invalid ones, which are logged", async () => {
        const bench = await new Workbench().powerUp({
            ALTITUDE_M: "3001",
            PRESSURE_HPA: "699",
            ASC: "2",
            LOW_POWER: "yes",
        })
        bench.runSeconds(60)
        assert.deepEqual(bench.logged("setting"), [
            { name: "ALTITUDE_M", problem: "invalid", using: "0" },
            { name: "PRESSURE_HPA", problem: "invalid", using: "0" },
            { name: "ASC", problem: "invalid", using: "1" },
            { name: "LOW_POWER", problem: "invalid", using: "0" },
        ])
        assert.equal(bench.scd4x.eepromWrites, 0)
    })
})

/** A board with one button, which connects its pin to ground. */
class ButtonPins implements Peripherals {
    pressed = false
    gpioOf = (label: string) => (label === "BTNA" ? 39 : undefined)
    readPin = (): 0 | 1 => (this.pressed ? 0 : 1)
    setPin = () => undefined
    configureSpi = () => undefined
    transferSpi = () => undefined
}

describe("a forced recalibration", () => {
    /** The program asks 10 s after its start. */
    async function meet(entry = "test/fixtures/programs/recalibration.ts", co2Ppm = 530, button?: ButtonPins) {
        const air = { airAt: () => ({ co2Ppm, temperatureC: 25, humidityRh: 50 }) }
        const [bus, scd4x, scd30] = [new I2cBus(), new Scd4x({ air }), new Scd30({ air })]
        bus.attach(scd4x)
        bus.attach(scd30)
        const booted = await boot(entry, {
            transferI2c: (...transfer) => bus.transfer(...transfer),
            ...(button && { peripherals: button }),
        })
        const outcomes = () => booted.events.flatMap(({ values }) => (values.recalibration ? [values] : []))
        return { ...booted, bus, scd4x, outcomes }
    }

    it("waits for three minutes of measuring, accepts targets from 400 to 2000 ppm, and logs its correction", async () => {
        const { bus, events, runFor, outcomes } = await meet()
        const corrections = countWrites(bus, "362f")
        runFor(185_000)
        assert.deepEqual(
            events.flatMap(({ event, values }) => (event === "asked" ? [values] : [])),
            [
                { name: "scd4x", taken: "false,false,true" },
                { name: "scd30", taken: "false,false,true" },
            ],
        )
        assert.deepEqual([outcomes(), corrections()], [[], 0])
        runFor(120_000)
        assert.deepEqual(outcomes(), [
            { name: "scd4x", target: "480", recalibration: "ok", correction: "-50" },
            { name: "scd30", target: "480", recalibration: "ok" },
        ])
        assert.equal(corrections(), 1)
        assert.deepEqual(
            events.filter(({ values }) => values.error || values.state === "failed"),
            [],
        )
    })

    it("is requested once by a button held for five seconds", async () => {
        const button = new ButtonPins()
        const { events, runFor, outcomes } = await meet("test/fixtures/programs/button.ts", 530, button)
        const buttonEvents = () => events.filter(({ event }) => event === "button").map(({ values }) => values)
        runFor(20_000)
        button.pressed = true
        runFor(1_000)
        button.pressed = false
        runFor(9_000)
        button.pressed = true
        runFor(4_000)
        assert.deepEqual(buttonEvents(), [])
        runFor(16_000)
        button.pressed = false
        runFor(216_000)
        assert.deepEqual(buttonEvents(), [{ held: "5", recalibrating: "1" }])
        assert.deepEqual(outcomes(), [{ name: "scd4x", target: "425", recalibration: "ok", correction: "-105" }])
    })

    it("by the button may be of any step", async () => {
        const button = new ButtonPins()
        const { runFor, outcomes } = await meet("test/fixtures/programs/button.ts", 1200, button)
        runFor(30_000)
        button.pressed = true
        runFor(236_000)
        assert.deepEqual(outcomes(), [{ name: "scd4x", target: "425", recalibration: "ok", correction: "-775" }])
    })

    it("needs a board with a button", async () => {
        const { events, runFor } = await meet("test/fixtures/programs/button.ts")
        runFor(5_000)
        assert.equal(events.find(({ event }) => event === "pin")!.values.there, "0")
    })

    it("is logged as refused if the sensor refuses it, which then measures again", async () => {
        const { bus, clock, scd4x, runFor, outcomes } = await meet()
        runFor(189_500)
        // it has not measured since its power came back
        scd4x.powerOn(clock.nowMs - 100)
        runFor(20_000)
        assert.deepEqual(
            outcomes().filter(({ name }) => name === "scd4x"),
            [{ name: "scd4x", target: "480", recalibration: "refused" }],
        )
        const reads = countWrites(bus, "ec05")
        runFor(20_000)
        assert.equal(reads(), 4)
    })
})

describe("a sensor's self-test", () => {
    it("is logged, and a sensor that fails it still measures", async () => {
        const bench = new Workbench(["sht3x", "sgp30"])
        bench.sht3x.statusFaultBits = 1
        await bench.powerUp()
        bench.runSeconds(60)
        const tests = bench.logged("sensor").filter(({ selftest }) => selftest)
        assert.deepEqual(tests, [
            { name: "sht3x", selftest: "failed" },
            { name: "sgp30", selftest: "ok" },
        ])
        assert.deepEqual(bench.states("sht3x"), ["starting", "warming", "ready"])
    })
})
