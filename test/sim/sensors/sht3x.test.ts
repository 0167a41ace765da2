import assert from "node:assert/strict"
import type { Air } from "../../../devs/sim/air/air.ts"
import { Random } from "../../../devs/sim/random.ts"
import { Sht3x, type Sht3xOptions } from "../../../devs/sim/sensors/sht3x.ts"
import { I2cController } from "./support/i2c-controller.ts"

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
    return { sensor, i2c: new I2cController(sensor) }
}

describe("SHT3x", () => {
    it("acknowledges 0x44, or 0x45 with its pin high, from 1.5 ms after power-up", () => {
        assert.equal(sensorIn(officeAir).sensor.address, 0x44)
        const { sensor, i2c } = sensorIn(officeAir, { address: 0x45, poweredAtMs: T0 })
        assert.equal(sensor.address, 0x45)
        assert.equal(i2c.send(STATUS, T0 + 1), "NACK")
        assert.equal(i2c.send(STATUS, T0 + 2), "ACK")
    })

    for (const [code, name, busyMs] of [
        [MEASURE, "high", 15],
        ["240b", "medium", 6],
        ["2416", "low", 4],
    ] as const)
        it(`measures within ${busyMs} ms at ${name} repeatability, without clock stretching`, () => {
            const { i2c } = sensorIn(officeAir)
            assert.equal(i2c.send(code, T0), "ACK")
            assert.equal(i2c.receive(6, T0 + busyMs - 1), "NACK")
            assert.equal(i2c.receive(6, T0 + busyMs), OFFICE)
            assert.equal(i2c.receive(6, T0 + busyMs + 1), "NACK")
        })

    it("keeps every value within its word", () => {
        const ask = (air: Partial<Air>) => sensorIn({ ...officeAir, ...air }).i2c.query(MEASURE, 6, T0, 15)
        assert.equal(ask({ temperatureC: 131, humidityRh: 101 }), "ffffac" + "ffffac")
        assert.equal(ask({ temperatureC: -46, humidityRh: -1 }), "000081" + "000081")
    })

    it("shows a reset in its status until that is cleared", () => {
        const { sensor, i2c } = sensorIn(officeAir)
        assert.equal(i2c.query(STATUS, 3, T0), AFTER_RESET)
        i2c.send("3041", T0 + 10)
        assert.equal(i2c.query(STATUS, 3, T0 + 20), CLEAR)
        i2c.send(RESET, T0 + 30)
        assert.equal(i2c.send(STATUS, T0 + 31), "NACK")
        assert.equal(i2c.query(STATUS, 3, T0 + 32), AFTER_RESET)
        i2c.send("3041", T0 + 40)
        assert.deepEqual(i2c.bus.transfer(0, Uint8Array.of(6), 0, T0 + 50), { status: 0 })
        assert.equal(i2c.query(STATUS, 3, T0 + 60), AFTER_RESET)
        sensor.statusFaultBits = 1
        assert.equal(i2c.query(STATUS, 3, T0 + 70), "0011f3")
    })

    it("shows its heater in its status until a reset", () => {
        const { i2c } = sensorIn(officeAir)
        i2c.send("306d", T0)
        assert.equal(i2c.query(STATUS, 3, T0 + 10), "20101e")
        i2c.send("3066", T0 + 20)
        assert.equal(i2c.query(STATUS, 3, T0 + 30), AFTER_RESET)
    })

    it("does not acknowledge periodic modes or other general calls", () => {
        const { i2c } = sensorIn(officeAir)
        for (const code of ["2032", "2130", "2737", "e000", "2b32"]) assert.equal(i2c.send(code, T0), "NACK", code)
        assert.deepEqual(i2c.bus.transfer(0, Uint8Array.of(4), 0, T0), { status: 1 })
    })

    it("completes no measurement while stuck, but returns its status", () => {
        const { sensor, i2c } = sensorIn(officeAir)
        sensor.faults.stuck = true
        assert.equal(i2c.query(MEASURE, 6, T0, 500), "NACK")
        assert.equal(i2c.query(STATUS, 3, T0 + 1000), AFTER_RESET)
    })

    it("has noise only on request, the same for the same seed", () => {
        const noisy = (seed: number) => sensorIn(officeAir, { noise: new Random(seed) }).i2c.query(MEASURE, 6, T0, 15)
        assert.notEqual(noisy(1), OFFICE)
        assert.equal(noisy(1), noisy(1))
        assert.notEqual(noisy(1), noisy(2))
    })
})
