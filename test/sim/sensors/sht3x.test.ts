import assert from "node:assert/strict"
import type { Air } from "../../../devs/sim/air/air.ts"
import { Random } from "../../../devs/sim/random.ts"
import { Sht3x, type Sht3xOptions } from "../../../devs/sim/sensors/sht3x.ts"
import { Wire } from "../../support/wire.ts"

/** Some moment of the virtual clock. */
const T0 = 1_422_886_740_000
const officeAir: Air = { co2Ppm: 500, temperatureC: 25, humidityRh: 37 }
/** 25.00 °C (0x6666), 37.00 %RH (0x5eb8) */
const OFFICE = "666693" + "5eb80d"

const MEASURE = "2400",
    STATUS = "f32d",
    RESET = "30a2"
/** only the bit that a reset was seen */
const AFTER_RESET = "0010c2",
    CLEAR = "000081"

function sensorIn(air: Air, options: Partial<Sht3xOptions> = {}) {
    const sensor = new Sht3x({ air: { airAt: () => air }, ...options })
    return { sensor, wire: new Wire(sensor) }
}

describe("SHT3x", () => {
    it("answers at 0x44, or at 0x45 with its pin high, 1.5 ms after power-up", () => {
        assert.equal(sensorIn(officeAir).sensor.address, 0x44)
        const { sensor, wire } = sensorIn(officeAir, { address: 0x45, poweredAtMs: T0 })
        assert.equal(sensor.address, 0x45)
        assert.equal(wire.send(STATUS, T0 + 1), "NACK")
        assert.equal(wire.send(STATUS, T0 + 2), "ACK")
    })

    for (const [code, name, busyMs] of [
        [MEASURE, "high", 15],
        ["240b", "medium", 6],
        ["2416", "low", 4],
    ] as const)
        it(`measures within ${busyMs} ms at ${name} repeatability, and holds no clock meanwhile`, () => {
            const { wire } = sensorIn(officeAir)
            assert.equal(wire.send(code, T0), "ACK")
            assert.equal(wire.receive(6, T0 + busyMs - 1), "NACK")
            assert.equal(wire.receive(6, T0 + busyMs), OFFICE)
            assert.equal(wire.receive(6, T0 + busyMs + 1), "NACK")
        })

    it("keeps every value within its word", () => {
        const ask = (air: Partial<Air>) => sensorIn({ ...officeAir, ...air }).wire.ask(MEASURE, 6, T0, 15)
        assert.equal(ask({ temperatureC: 131, humidityRh: 101 }), "ffffac" + "ffffac")
        assert.equal(ask({ temperatureC: -46, humidityRh: -1 }), "000081" + "000081")
    })

    it("says in its status that it was reset, until that is cleared", () => {
        const { sensor, wire } = sensorIn(officeAir)
        assert.equal(wire.ask(STATUS, 3, T0), AFTER_RESET)
        wire.send("3041", T0 + 10)
        assert.equal(wire.ask(STATUS, 3, T0 + 20), CLEAR)
        wire.send(RESET, T0 + 30)
        assert.equal(wire.send(STATUS, T0 + 31), "NACK")
        assert.equal(wire.ask(STATUS, 3, T0 + 32), AFTER_RESET)
        wire.send("3041", T0 + 40)
        assert.deepEqual(wire.bus.transfer(0, Uint8Array.of(6), 0, T0 + 50), { status: 0 })
        assert.equal(wire.ask(STATUS, 3, T0 + 60), AFTER_RESET)
        sensor.statusFaultBits = 1
        assert.equal(wire.ask(STATUS, 3, T0 + 70), "0011f3")
    })

    it("shows its heater in its status until a reset", () => {
        const { wire } = sensorIn(officeAir)
        wire.send("306d", T0)
        assert.equal(wire.ask(STATUS, 3, T0 + 10), "20101e")
        wire.send("3066", T0 + 20)
        assert.equal(wire.ask(STATUS, 3, T0 + 30), AFTER_RESET)
    })

    it("does not acknowledge periodic modes, nor other general calls", () => {
        const { wire } = sensorIn(officeAir)
        for (const code of ["2032", "2130", "2737", "e000", "2b32"]) assert.equal(wire.send(code, T0), "NACK", code)
        assert.deepEqual(wire.bus.transfer(0, Uint8Array.of(4), 0, T0), { status: 1 })
    })

    it("never finishes a measurement while stuck, but answers its status", () => {
        const { sensor, wire } = sensorIn(officeAir)
        sensor.faults.stuck = true
        assert.equal(wire.ask(MEASURE, 6, T0, 500), "NACK")
        assert.equal(wire.ask(STATUS, 3, T0 + 1000), AFTER_RESET)
    })

    it("has noise only when asked for, the same for the same seed", () => {
        const noisy = (seed: number) => sensorIn(officeAir, { noise: new Random(seed) }).wire.ask(MEASURE, 6, T0, 15)
        assert.notEqual(noisy(1), OFFICE)
        assert.equal(noisy(1), noisy(1))
        assert.notEqual(noisy(1), noisy(2))
    })
})
