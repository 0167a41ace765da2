import assert from "node:assert/strict"
import type { Air } from "../../../devs/sim/air/air.ts"
import { Random } from "../../../devs/sim/random.ts"
import { Scd30 } from "../../../devs/sim/sensors/scd30.ts"
import type { SensorOptions } from "../../../devs/sim/sensors/sensirion.ts"
import { I2cController } from "./support/i2c-controller.ts"

/** Some moment of the virtual clock. */
const T0 = 1_422_886_740_000
/** The example of the interface description, 1.4.5: 439.09 ppm, 27.24 °C, 48.81 %RH. */
const exampleAir: Air = { co2Ppm: 439.09515380859375, temperatureC: 27.238279342651367, humidityRh: 48.80674362182617 }
const EXAMPLE = "43dbcb" + "8c2e8f" + "41d970" + "e7fff5" + "4243bf" + "3a1b74"

const START = "0010" + "000081",
    STOP = "0104",
    READY = "0202",
    READ = "0300"
const IS_READY = "0001b0",
    NOT_READY = "000081"

function sensorIn(air: Air, options: Partial<SensorOptions> = {}) {
    const sensor = new Scd30({ air: { airAt: () => air }, ...options })
    return { sensor, i2c: new I2cController(sensor) }
}

/** A sensor that began to measure at T0. */
function measuring(air: Air = exampleAir, options: Partial<SensorOptions> = {}) {
    const started = sensorIn(air, options)
    assert.equal(started.i2c.send(START, T0), "ACK")
    return started
}

describe("SCD30", () => {
    it("acknowledges 0x61 from two seconds after power-up", () => {
        const { sensor, i2c } = sensorIn(exampleAir, { poweredAtMs: T0 })
        assert.equal(sensor.address, 0x61)
        assert.equal(i2c.send("d100", T0 + 1999), "NACK")
        assert.equal(i2c.query("d100", 3, T0 + 2000, 3), "0342f3")
    })

    it("measures every two seconds by default, and needs 3 ms between write and read", () => {
        const { i2c } = measuring()
        assert.equal(i2c.query(READY, 3, T0 + 1900, 3), NOT_READY)
        assert.equal(i2c.query(READY, 3, T0 + 2000, 3), IS_READY)
        assert.equal(i2c.query(READ, 18, T0 + 2010, 2), "NACK")
        assert.equal(i2c.receive(18, T0 + 2013).length, 36)
        assert.equal(i2c.query(READY, 3, T0 + 2020, 3), NOT_READY)
        assert.equal(i2c.query(READY, 3, T0 + 4000, 3), IS_READY)
    })

    it("sends the frames of the description's example: 32-bit numbers as two words, high word first", () => {
        assert.equal(measuring().i2c.query(READ, 18, T0 + 2000, 3), EXAMPLE)
    })

    it("measures at the interval that is set", () => {
        const { i2c } = sensorIn(exampleAir)
        i2c.send("4600" + "0005" + "74", T0)
        assert.equal(i2c.query("4600", 3, T0 + 10, 3), "000574")
        i2c.send(START, T0 + 100)
        assert.equal(i2c.query(READY, 3, T0 + 5090, 3), NOT_READY)
        assert.equal(i2c.query(READY, 3, T0 + 5100, 3), IS_READY)
    })

    it("continues after a power cut, with all its settings, until it is stopped", () => {
        const { sensor, i2c } = measuring()
        i2c.send("5306" + "0001b0", T0 + 10)
        i2c.send("5102" + "03e8d4", T0 + 20)
        sensor.powerOn(T0 + 100)
        assert.equal(i2c.query("5306", 3, T0 + 2100, 3), "0001b0")
        assert.equal(i2c.query("5102", 3, T0 + 2110, 3), "03e8d4")
        assert.equal(i2c.query(READY, 3, T0 + 4100, 3), IS_READY)
        assert.equal(sensor.memoryWrites, 3)
        i2c.send(STOP, T0 + 4200)
        i2c.query(READ, 18, T0 + 4210, 3)
        assert.equal(i2c.query(READY, 3, T0 + 60_000, 3), NOT_READY)
    })

    it("is silent for two seconds after a soft reset", () => {
        const { i2c } = measuring()
        assert.equal(i2c.send("d304", T0 + 100), "ACK")
        assert.equal(i2c.send(READY, T0 + 2099), "NACK")
        assert.equal(i2c.send(READY, T0 + 2100), "ACK")
    })

    it("is corrected by a forced recalibration, whose reference can be read back", () => {
        const { i2c } = measuring({ ...exampleAir, co2Ppm: 500 })
        assert.equal(i2c.query("5204", 3, T0 + 10, 3), "01904c")
        i2c.query(READ, 18, T0 + 2000, 3)
        i2c.send("5204" + "01c250", T0 + 2010)
        assert.equal(i2c.query("5204", 3, T0 + 2020, 3), "01c250")
        // 450 ppm
        assert.equal(i2c.query(READ, 6, T0 + 4000, 3), "43e1d5" + "000081")
    })

    it("ignores a reference, pressure or interval outside its range", () => {
        const { i2c } = sensorIn(exampleAir)
        i2c.send("5204" + "018f21", T0)
        i2c.send("4600" + "0001b0", T0 + 10)
        i2c.send("0010" + "0064fe", T0 + 20)
        assert.equal(i2c.query("5204", 3, T0 + 30, 3), "01904c")
        assert.equal(i2c.query("4600", 3, T0 + 40, 3), "0002e3")
        assert.equal(i2c.query(READY, 3, T0 + 60_000, 3), NOT_READY)
    })

    it("responds, but has no new sample, while stuck", () => {
        const { sensor, i2c } = measuring()
        sensor.faults.stuck = true
        assert.equal(i2c.query(READY, 3, T0 + 60_000, 3), NOT_READY)
        sensor.faults.stuck = false
        assert.equal(i2c.query(READY, 3, T0 + 60_010, 3), IS_READY)
    })

    it("has noise only on request, the same for the same seed", () => {
        const noisy = (seed: number) =>
            measuring(exampleAir, { noise: new Random(seed) }).i2c.query(READ, 18, T0 + 2000, 3)
        assert.equal(noisy(1), noisy(1))
        assert.notEqual(noisy(1), noisy(2))
    })
})
