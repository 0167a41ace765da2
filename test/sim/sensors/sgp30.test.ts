import assert from "node:assert/strict"
import type { Air } from "../../../devs/sim/air/air.ts"
import { Random } from "../../../devs/sim/random.ts"
import { Sgp30, type Sgp30Options } from "../../../devs/sim/sensors/sgp30.ts"
import { I2cController } from "./support/i2c-controller.ts"

/** Some moment of the virtual clock. */
const T0 = 1_422_886_740_000
const roomAir: Air = { co2Ppm: 1000, temperatureC: 25, humidityRh: 50, tvocPpb: 100 }
/** eCO2 400 ppm, TVOC 0 ppb */
const WARMING = "01904c" + "000081"
/** eCO2 1077 ppm, TVOC 100 ppb */
const ROOM = "043532" + "0064fe"

const INIT = "2003",
    MEASURE = "2008",
    GET_BASELINE = "2015",
    SERIAL = "3682"

function sensorIn(air: Air, options: Partial<Sgp30Options> = {}) {
    const sensor = new Sgp30({ air: { airAt: () => air }, ...options })
    return { sensor, i2c: new I2cController(sensor) }
}

/** A sensor that got iaq_init at T0. */
function initialized(air: Air = roomAir, options: Partial<Sgp30Options> = {}) {
    const started = sensorIn(air, options)
    assert.equal(started.i2c.send(INIT, T0), "ACK")
    return started
}

describe("SGP30 air quality", () => {
    it("returns 400 ppm and 0 ppb for 15 s after iaq_init, then the air", () => {
        const { i2c } = initialized()
        assert.equal(i2c.query(MEASURE, 6, T0 + 1000, 12), WARMING)
        assert.equal(i2c.query(MEASURE, 6, T0 + 14_999, 12), WARMING)
        assert.equal(i2c.query(MEASURE, 6, T0 + 15_999, 12), ROOM)
    })

    it("returns 400 ppm and 0 ppb forever without iaq_init", () => {
        assert.equal(sensorIn(roomAir).i2c.query(MEASURE, 6, T0 + 60_000, 12), WARMING)
    })

    it("restarts its 15 s with another iaq_init", () => {
        const { i2c } = initialized()
        i2c.send(INIT, T0 + 20_000)
        assert.equal(i2c.query(MEASURE, 6, T0 + 34_000, 12), WARMING)
    })

    it("derives TVOC from CO2 if the air source does not give it", () => {
        const { i2c } = initialized({ co2Ppm: 1000, temperatureC: 25, humidityRh: 50 })
        // (1000 - 420) ppm of CO2 at 0.1478 ppb/ppm
        assert.equal(i2c.query(MEASURE, 6, T0 + 15_000, 12), "03d46c" + "005659")
        const outdoors = initialized({ co2Ppm: 400, temperatureC: 25, humidityRh: 50 })
        assert.equal(outdoors.i2c.query(MEASURE, 6, T0 + 15_000, 12), WARMING)
    })

    it("stays below 60000 ppm and ppb", () => {
        const { i2c } = initialized({ ...roomAir, tvocPpb: 1e6 })
        assert.equal(i2c.query(MEASURE, 6, T0 + 15_000, 12), "ea60a2" + "ea60a2")
    })

    it("is busy for 12 ms while it measures, and may be polled", () => {
        const { i2c } = initialized()
        i2c.send(MEASURE, T0 + 1000)
        assert.equal(i2c.receive(6, T0 + 1011), "NACK")
        assert.equal(i2c.send(MEASURE, T0 + 1011), "NACK")
        assert.equal(i2c.receive(6, T0 + 1012), WARMING)
    })

    it("counts the measurements that were not one second apart", () => {
        const { sensor, i2c } = initialized()
        for (const at of [1000, 2000, 3050, 4000, 6000]) i2c.send(MEASURE, T0 + at)
        assert.deepEqual(sensor.cadence, { calls: 5, offSchedule: 1, worstDeviationMs: 1000 })
        i2c.send(INIT, T0 + 7000)
        i2c.send(MEASURE, T0 + 9000)
        assert.deepEqual(sensor.cadence, { calls: 1, offSchedule: 0, worstDeviationMs: 0 })
    })

    it("has raw signals that fall as the gas rises", () => {
        const { i2c } = initialized({ ...roomAir, co2Ppm: 420, tvocPpb: 400 })
        // at the reference concentrations
        assert.equal(i2c.query("2050", 6, T0 + 100, 25), "34bc72" + "4844c6")
        assert.equal(initialized().i2c.query("2050", 6, T0 + 100, 25), "343aae" + "4b0ac9")
    })

    it("has noise only on request, the same for the same seed", () => {
        const noisy = (seed: number) =>
            initialized({ ...roomAir, tvocPpb: 1000 }, { noise: new Random(seed) }).i2c.query(
                MEASURE,
                6,
                T0 + 15_000,
                12,
            )
        assert.equal(noisy(1), noisy(1))
        assert.notEqual(noisy(1), noisy(2))
    })
})

describe("SGP30 baseline and humidity", () => {
    it("have no baseline before the warm-up is over", () => {
        const { i2c } = initialized()
        assert.equal(i2c.query(GET_BASELINE, 6, T0 + 10_000, 10), "000081" + "000081")
        assert.equal(i2c.query(GET_BASELINE, 6, T0 + 15_000, 10), "8973ca" + "8aaeaf")
    })

    it("are set with TVOC first and read with CO2 first", () => {
        const { i2c } = initialized()
        assert.equal(i2c.send("201e" + "123437" + "56787d", T0 + 100), "ACK")
        assert.equal(i2c.query(GET_BASELINE, 6, T0 + 200, 10), "56787d" + "123437")
    })

    it("ignore a baseline before iaq_init, and lose it with the next one", () => {
        const { i2c } = sensorIn(roomAir)
        i2c.send("201e" + "123437" + "56787d", T0)
        assert.equal(i2c.query(GET_BASELINE, 6, T0 + 100, 10), "000081" + "000081")
        i2c.send(INIT, T0 + 200)
        i2c.send("201e" + "123437" + "56787d", T0 + 300)
        i2c.send(INIT, T0 + 400)
        assert.equal(i2c.query(GET_BASELINE, 6, T0 + 500, 10), "000081" + "000081")
    })

    it("store the inceptive TVOC baseline", () => {
        const { i2c } = initialized()
        assert.equal(i2c.query("20b3", 3, T0 + 100, 10), "000081")
        i2c.send("2077" + "8aaeaf", T0 + 200)
        assert.equal(i2c.query("20b3", 3, T0 + 300, 10), "8aaeaf")
    })

    it("store the absolute humidity of the datasheet's example, 15.5 g/m³", () => {
        const { sensor, i2c } = initialized()
        assert.equal(i2c.send("2061" + "0f8062", T0 + 100), "ACK")
        assert.equal(sensor.absoluteHumidityRaw, 0x0f80)
        assert.equal(i2c.send("2061" + "0f8063", T0 + 200), "NACK")
    })
})

describe("SGP30 identity and reset", () => {
    it("acknowledges address 0x58 from 0.6 ms after power-up", () => {
        const { sensor, i2c } = sensorIn(roomAir, { poweredAtMs: T0 })
        assert.equal(sensor.address, 0x58)
        assert.equal(sensor.absoluteHumidityRaw, 0)
        assert.equal(i2c.send(SERIAL, T0 + 0.5), "NACK")
        assert.equal(i2c.send(SERIAL, T0 + 1), "ACK")
    })

    for (const { code, name, busyMs } of [
        { code: INIT, name: "iaq_init", busyMs: 10 },
        { code: GET_BASELINE, name: "get_iaq_baseline", busyMs: 10 },
        { code: "201e" + "123437" + "56787d", name: "set_iaq_baseline", busyMs: 10 },
        { code: "2061" + "0f8062", name: "set_absolute_humidity", busyMs: 10 },
        { code: "2032", name: "measure_test", busyMs: 220 },
        { code: "202f", name: "get_feature_set", busyMs: 10 },
        { code: "2050", name: "measure_raw", busyMs: 25 },
        { code: "20b3", name: "get_tvoc_inceptive_baseline", busyMs: 10 },
        { code: "2077" + "8aaeaf", name: "set_tvoc_baseline", busyMs: 10 },
    ]) {
        it(`is busy for ${busyMs} ms with ${name}`, () => {
            const { i2c } = sensorIn(roomAir)
            assert.equal(i2c.send(code, T0), "ACK")
            assert.equal(i2c.send("", T0 + busyMs - 1), "NACK")
            assert.equal(i2c.send("", T0 + busyMs), "ACK")
        })
    }

    it("returns its serial number, feature set and self-test result", () => {
        const { i2c } = sensorIn(roomAir)
        assert.equal(i2c.query(SERIAL, 9, T0, 1), "000081" + "004805" + "9c5e19")
        assert.equal(i2c.query("202f", 3, T0 + 10, 10), "002265")
        assert.equal(i2c.query("2032", 3, T0 + 30, 220), "d400c6")
    })

    it("resets at a general call, and then needs iaq_init again", () => {
        const { sensor, i2c } = initialized()
        i2c.send("201e" + "123437" + "56787d", T0 + 100)
        i2c.send("2061" + "0f8062", T0 + 200)
        assert.deepEqual(i2c.bus.transfer(0, Uint8Array.of(6), 0, T0 + 300), { status: 0 })
        assert.equal(i2c.send(SERIAL, T0 + 300), "NACK")
        assert.equal(i2c.query(GET_BASELINE, 6, T0 + 301, 10), "000081" + "000081")
        assert.equal(i2c.query(MEASURE, 6, T0 + 60_000, 12), WARMING)
        assert.equal(sensor.absoluteHumidityRaw, 0)
    })

    it("ignores other general calls", () => {
        assert.deepEqual(sensorIn(roomAir).i2c.bus.transfer(0, Uint8Array.of(4), 0, T0), { status: 1 })
    })
})

describe("SGP30 faults", () => {
    it("loses all state when unplugged", () => {
        const { sensor, i2c } = initialized()
        sensor.faults.unplugged = true
        assert.equal(i2c.send(MEASURE, T0 + 20_000), "NACK")
        assert.deepEqual(i2c.bus.transfer(0, Uint8Array.of(6), 0, T0 + 20_000), { status: 1 })
        sensor.faults.unplugged = false
        assert.equal(i2c.send(MEASURE, T0 + 21_000), "NACK")
        assert.equal(i2c.query(MEASURE, 6, T0 + 22_000, 12), WARMING)
    })

    it("completes no measurement while stuck, but returns its serial number", () => {
        const { sensor, i2c } = initialized()
        sensor.faults.stuck = true
        assert.equal(i2c.query(MEASURE, 6, T0 + 20_000, 500), "NACK")
        assert.equal(i2c.query(SERIAL, 2, T0 + 21_000), "0000")
    })

    it("sends a wrong CRC once", () => {
        const { sensor, i2c } = initialized()
        sensor.faults.corruptNextCrc = 1
        assert.equal(i2c.query(MEASURE, 6, T0 + 1000, 12), "01904d" + "000081")
        assert.equal(i2c.query(MEASURE, 6, T0 + 2000, 12), WARMING)
    })
})
