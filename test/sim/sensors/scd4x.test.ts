import assert from "node:assert/strict"
import type { Air } from "../../../devs/sim/air/air.ts"
import { Random } from "../../../devs/sim/random.ts"
import { Scd4x, type Scd4xOptions } from "../../../devs/sim/sensors/scd4x.ts"
import { I2cController } from "./support/i2c-controller.ts"

/** Some moment of the virtual clock. */
const T0 = 1_422_886_740_000
const officeAir: Air = { co2Ppm: 500, temperatureC: 25, humidityRh: 37 }
/** 500 ppm, 25.00 °C (0x6666), 37.00 %RH (0x5eb8) */
const OFFICE = "01f433" + "666693" + "5eb80d"

const START = "21b1",
    STOP = "3f86",
    READ = "ec05",
    READY = "e4b8",
    SERIAL = "3682"
const IS_READY = "800604",
    NOT_READY = "8000a2"

function sensorIn(air: Air | ((atMs: number) => Air), options: Partial<Scd4xOptions> = {}) {
    const airAt = typeof air === "function" ? air : () => air
    const sensor = new Scd4x({ air: { airAt }, ...options })
    return { sensor, i2c: new I2cController(sensor) }
}

/** A sensor that began a periodic measurement at T0. */
function measuring(air: Air | ((atMs: number) => Air) = officeAir, options: Partial<Scd4xOptions> = {}) {
    const started = sensorIn(air, options)
    assert.equal(started.i2c.send(START, T0), "ACK")
    return started
}

describe("SCD4x measurement", () => {
    it("sends the frames of the datasheet's example", () => {
        const { i2c } = measuring({ co2Ppm: 500, temperatureC: 25.0025, humidityRh: 37.002 })
        assert.equal(i2c.query(READ, 9, T0 + 5000), "01f433" + "6667a2" + "5eb93c")
    })

    it("has its first sample five seconds after the start", () => {
        const { i2c } = measuring()
        assert.equal(i2c.query(READY, 3, T0 + 4997), NOT_READY)
        assert.equal(i2c.query(READY, 3, T0 + 5000), IS_READY)
    })

    it("acknowledges the command but not the read while there is no sample", () => {
        const { i2c } = measuring()
        assert.equal(i2c.send(READ, T0 + 4990), "ACK")
        assert.equal(i2c.receive(9, T0 + 4991), "NACK")
    })

    it("returns each sample once", () => {
        const { i2c } = measuring()
        assert.equal(i2c.query(READ, 9, T0 + 5000), OFFICE)
        assert.equal(i2c.query(READY, 3, T0 + 5010), NOT_READY)
        assert.equal(i2c.query(READ, 9, T0 + 5020), "NACK")
        assert.equal(i2c.query(READ, 9, T0 + 10_000), OFFICE)
    })

    it("keeps a sample whose read was not acknowledged", () => {
        const { sensor, i2c } = measuring()
        i2c.send(READ, T0 + 5000)
        sensor.faults.nackNext = 1
        assert.equal(i2c.receive(9, T0 + 5001), "NACK")
        assert.equal(i2c.query(READ, 9, T0 + 5002), OFFICE)
    })

    it("samples the air at whole periods after the start, not at the read", () => {
        const { i2c } = measuring(atMs => ({ ...officeAir, co2Ppm: atMs === T0 + 10_000 ? 700 : 600 }))
        assert.equal(i2c.query(READ, 9, T0 + 14_900), "02bc9a" + "666693" + "5eb80d")
    })

    it("replaces an unread sample by the next one", () => {
        const { i2c } = measuring(atMs => ({ ...officeAir, co2Ppm: atMs < T0 + 10_000 ? 600 : 700 }))
        assert.equal(i2c.query(READY, 3, T0 + 5000), IS_READY)
        assert.equal(i2c.query(READ, 9, T0 + 10_100), "02bc9a" + "666693" + "5eb80d")
        assert.equal(i2c.query(READ, 9, T0 + 10_200), "NACK")
    })

    it("measures every thirty seconds in low-power mode", () => {
        const { i2c } = sensorIn(officeAir)
        i2c.send("21ac", T0)
        assert.equal(i2c.query(READY, 3, T0 + 29_990), NOT_READY)
        assert.equal(i2c.query(READ, 9, T0 + 30_000), OFFICE)
        assert.equal(i2c.query(READY, 3, T0 + 59_990), NOT_READY)
        assert.equal(i2c.query(READY, 3, T0 + 60_000), IS_READY)
    })

    it("rounds CO2 to whole ppm and keeps every value within its word", () => {
        const co2 = (co2Ppm: number) => measuring({ ...officeAir, co2Ppm }).i2c.query(READ, 3, T0 + 5000)
        assert.equal(co2(412.5), "019d00")
        assert.equal(co2(-3), "000081")
        const hot = measuring({ co2Ppm: 50_000, temperatureC: 140, humidityRh: 104 })
        assert.equal(hot.i2c.query(READ, 9, T0 + 5000), "9c4045" + "ffffac" + "ffffac")
        const cold = measuring({ co2Ppm: 0, temperatureC: -60, humidityRh: -1 })
        assert.equal(cold.i2c.query(READ, 9, T0 + 5000), "000081" + "000081" + "000081")
    })

    it("lets the host read less, and leaves the bus high if it reads more", () => {
        assert.equal(measuring().i2c.query(READ, 2, T0 + 5000), "01f4")
        assert.equal(measuring().i2c.query(READ, 11, T0 + 5000), OFFICE + "ffff")
    })

    it("has nothing to read after a stop", () => {
        const { i2c } = measuring()
        i2c.send(STOP, T0 + 6000)
        assert.equal(i2c.query(READY, 3, T0 + 6500), NOT_READY)
        assert.equal(i2c.query(READY, 3, T0 + 20_000), NOT_READY)
    })

    it("has noise only on request, the same for the same seed", () => {
        const noisy = (seed: number) => measuring(officeAir, { noise: new Random(seed) }).i2c.query(READ, 9, T0 + 5000)
        assert.notEqual(noisy(1), OFFICE)
        assert.equal(noisy(1), noisy(1))
        assert.notEqual(noisy(1), noisy(2))
    })
})

describe("SCD4x commands", () => {
    it("are received at address 0x62", () => {
        assert.equal(sensorIn(officeAir).sensor.address, 0x62)
    })

    it("return the serial number of the datasheet's example, or the configured one", () => {
        assert.equal(sensorIn(officeAir).i2c.query(SERIAL, 9, T0), "f89631" + "9f07c2" + "3bbe89")
        const { i2c } = sensorIn(officeAir, { serial: [0xbeef, 0, 1] })
        assert.equal(i2c.query(SERIAL, 9, T0), "beef92" + "000081" + "0001b0")
    })

    it("return the sensor variant", () => {
        assert.equal(sensorIn(officeAir).i2c.query("202f", 3, T0), "144051")
        assert.equal(sensorIn(officeAir, { part: "scd40" }).i2c.query("202f", 3, T0), "04403f")
    })

    it("are not acknowledged in the 30 ms after power-up", () => {
        const { i2c } = sensorIn(officeAir, { poweredAtMs: T0 })
        assert.equal(i2c.send("", T0 + 29), "NACK")
        assert.equal(i2c.send(SERIAL, T0 + 29), "NACK")
        assert.equal(i2c.send(SERIAL, T0 + 30), "ACK")
    })

    it("are not acknowledged before the execution time is over", () => {
        const { i2c } = sensorIn(officeAir)
        assert.equal(i2c.bus.transfer(0x62, Buffer.from(SERIAL, "hex"), 9, T0).status, 2)
        assert.equal(i2c.receive(9, T0 + 1), "f89631" + "9f07c2" + "3bbe89")
    })

    for (const { code, name, busyMs } of [
        { code: STOP, name: "stop_periodic_measurement", busyMs: 500 },
        { code: "362f" + "01e0b4", name: "perform_forced_recalibration", busyMs: 400 },
        { code: "3615", name: "persist_settings", busyMs: 800 },
        { code: "3639", name: "perform_self_test", busyMs: 10_000 },
        { code: "3632", name: "perform_factory_reset", busyMs: 1200 },
        { code: "3646", name: "reinit", busyMs: 30 },
        { code: "219d", name: "measure_single_shot", busyMs: 5000 },
        { code: "2196", name: "measure_single_shot_rht_only", busyMs: 50 },
    ]) {
        it(`keep it busy for ${busyMs} ms: ${name}`, () => {
            const { i2c } = sensorIn(officeAir)
            assert.equal(i2c.send(code, T0), "ACK")
            assert.equal(i2c.send("", T0 + busyMs - 1), "NACK")
            assert.equal(i2c.send(READY, T0 + busyMs - 1), "NACK")
            assert.equal(i2c.send(READY, T0 + busyMs), "ACK")
        })
    }

    it("are limited to the datasheet's list while it measures", () => {
        const refused = [
            START,
            "21ac",
            "241d07e648",
            "2318",
            "2427079e09",
            "2322",
            "362f01e0b4",
            "24160001b0",
            "2313",
            "243a01c250",
            "233f",
            "3615",
            SERIAL,
            "3639",
            "3632",
            "3646",
            "202f",
            "219d",
            "2196",
            "36e0",
            "36f6",
            "24450028be",
            "2340",
            "244e0028be",
            "234b",
        ]
        const { i2c } = measuring()
        for (const code of refused) assert.equal(i2c.send(code, T0 + 100), "NACK", code)
        for (const [at, code] of [READY, READ, "e00003db42", "e000", STOP].entries()) {
            assert.equal(i2c.send(code, T0 + 200 + 10 * at), "ACK", code)
        }
    })

    it("are not acknowledged if unknown, with missing or extra arguments, or with a wrong CRC", () => {
        const { i2c } = sensorIn(officeAir)
        for (const bad of ["ffff", "21", "2427", "36820001b0", "2427079e0a", "2427079e"]) {
            assert.equal(i2c.send(bad, T0), "NACK", bad)
        }
        assert.equal(i2c.query("2322", 3, T0), "000081")
    })

    it("have a response that is gone after the next command", () => {
        const { i2c } = sensorIn(officeAir)
        assert.equal(i2c.receive(3, T0), "NACK")
        i2c.send(SERIAL, T0)
        i2c.send("241605da29", T0 + 1)
        assert.equal(i2c.receive(9, T0 + 2), "NACK")
    })

    it("have a response that can be read once", () => {
        const { i2c } = sensorIn(officeAir)
        assert.equal(i2c.query(SERIAL, 2, T0), "f896")
        assert.equal(i2c.receive(9, T0 + 2), "NACK")
    })

    it("include a self test, which passes", () => {
        assert.equal(sensorIn(officeAir).i2c.query("3639", 3, T0, 10_000), "000081")
    })
})

describe("SCD4x settings", () => {
    it("have the factory values", () => {
        const { i2c } = sensorIn(officeAir)
        const replies = ["2318", "2322", "e000", "2313", "233f", "2340", "234b"].map((code, at) =>
            i2c.query(code, 3, T0 + 10 * at),
        )
        assert.deepEqual(replies, ["05da29", "000081", "03f5db", "0001b0", "01904c", "002c7a", "009cc5"])
    })

    for (const { name, set, get, word } of [
        { name: "temperature offset", set: "241d", get: "2318", word: "07e648" },
        { name: "altitude", set: "2427", get: "2322", word: "079e09" },
        { name: "ambient pressure", set: "e000", get: "e000", word: "03db42" },
        { name: "self-calibration", set: "2416", get: "2313", word: "000081" },
        { name: "self-calibration target", set: "243a", get: "233f", word: "01c250" },
        { name: "initial period", set: "2445", get: "2340", word: "0028be" },
        { name: "standard period", set: "244e", get: "234b", word: "0028be" },
    ]) {
        it(`store the ${name}`, () => {
            const { i2c } = sensorIn(officeAir)
            assert.equal(i2c.send(set + word, T0), "ACK")
            assert.equal(i2c.query(get, 3, T0 + 10), word)
        })
    }

    it("lower the temperature by 1.4 °C, with the matching humidity, at an offset of 5.4 instead of 4 °C", () => {
        const { i2c } = sensorIn(officeAir)
        i2c.send("241d07e648", T0)
        i2c.send(START, T0 + 10)
        assert.equal(i2c.query(READ, 9, T0 + 5010), "01f433" + "645af2" + "668430")
    })

    it("are lost at power-up or reinit unless persisted", () => {
        const { sensor, i2c } = sensorIn(officeAir)
        i2c.send("2427079e09", T0)
        sensor.powerOn(T0 + 100)
        assert.equal(i2c.query("2322", 3, T0 + 130), "000081")
        i2c.send("2427079e09", T0 + 200)
        i2c.send("3646", T0 + 300)
        assert.equal(i2c.query("2322", 3, T0 + 330), "000081")
        assert.equal(sensor.eepromWrites, 0)
    })

    it("are kept until a factory reset once persisted", () => {
        const { sensor, i2c } = sensorIn(officeAir)
        i2c.send("2427079e09", T0)
        i2c.send("3615", T0 + 10)
        sensor.powerOn(T0 + 1000)
        assert.equal(i2c.query("2322", 3, T0 + 1030), "079e09")
        assert.equal(sensor.eepromWrites, 1)
        i2c.send("3632", T0 + 2000)
        assert.equal(i2c.query("2322", 3, T0 + 3200), "000081")
        sensor.powerOn(T0 + 4000)
        assert.equal(i2c.query("2322", 3, T0 + 4030), "000081")
    })

    it("include a forced recalibration, as in the datasheet's example", () => {
        const { i2c } = measuring({ ...officeAir, co2Ppm: 530 })
        i2c.send(STOP, T0 + 180_000)
        assert.equal(i2c.query("362f01e0b4", 3, T0 + 180_500, 400), "7fce7b")
        i2c.send(START, T0 + 181_000)
        assert.equal(i2c.query(READ, 3, T0 + 186_000), "01e0b4")
    })

    it("keep a forced recalibration over a power cut, but not over a factory reset", () => {
        const { sensor, i2c } = measuring({ ...officeAir, co2Ppm: 530 })
        i2c.send(STOP, T0 + 10_000)
        i2c.send("362f01e0b4", T0 + 10_500)
        sensor.powerOn(T0 + 20_000)
        i2c.send(START, T0 + 20_030)
        assert.equal(i2c.query(READ, 3, T0 + 25_030), "01e0b4")
        i2c.send(STOP, T0 + 26_000)
        i2c.send("3632", T0 + 27_000)
        i2c.send(START, T0 + 29_000)
        assert.equal(i2c.query(READ, 2, T0 + 34_000), "0212")
    })

    it("fail a forced recalibration if nothing was measured before", () => {
        assert.equal(sensorIn(officeAir).i2c.query("362f01e0b4", 3, T0, 400), "ffffac")
    })
})

describe("SCD41 single shot and sleep", () => {
    it("measures once on demand", () => {
        const { i2c } = sensorIn(officeAir)
        i2c.send("219d", T0)
        assert.equal(i2c.query(READY, 3, T0 + 5000), IS_READY)
        assert.equal(i2c.query(READ, 9, T0 + 5010), OFFICE)
        assert.equal(i2c.query(READY, 3, T0 + 20_000), NOT_READY)
        assert.equal(i2c.send(START, T0 + 20_010), "ACK")
    })

    it("returns 0 ppm if only temperature and humidity were requested", () => {
        const { i2c } = sensorIn(officeAir)
        i2c.send("2196", T0)
        assert.equal(i2c.query(READ, 9, T0 + 50), "000081" + "666693" + "5eb80d")
    })

    it("sleeps until wake_up, which it executes without acknowledging", () => {
        const { i2c } = sensorIn(officeAir)
        assert.equal(i2c.send("36e0", T0), "ACK")
        assert.equal(i2c.send(SERIAL, T0 + 10), "NACK")
        assert.equal(i2c.send("", T0 + 10), "NACK")
        assert.equal(i2c.send("36f6", T0 + 20), "NACK")
        assert.equal(i2c.send(SERIAL, T0 + 49), "NACK")
        assert.equal(i2c.query(SERIAL, 2, T0 + 50), "f896")
    })

    it("is awake after a power cut", () => {
        const { sensor, i2c } = sensorIn(officeAir)
        i2c.send("36e0", T0)
        sensor.powerOn(T0 + 1000)
        assert.equal(i2c.query(SERIAL, 2, T0 + 1030), "f896")
    })

    it("does not return an old single shot as the first sample of a periodic measurement", () => {
        const { i2c } = sensorIn(officeAir)
        i2c.send("219d", T0)
        i2c.send(START, T0 + 5000)
        assert.equal(i2c.query(READY, 3, T0 + 5010), NOT_READY)
    })

    it("does not exist on an SCD40", () => {
        const { i2c } = sensorIn(officeAir, { part: "scd40" })
        for (const code of ["219d", "2196", "36e0", "2340"]) assert.equal(i2c.send(code, T0), "NACK", code)
        assert.equal(i2c.send(SERIAL, T0), "ACK")
    })
})

describe("SCD4x faults", () => {
    it("does not acknowledge the given number of transfers, and then recovers", () => {
        const { sensor, i2c } = sensorIn(officeAir)
        sensor.faults.nackNext = 2
        const replies = [0, 1, 2].map(at => i2c.send(SERIAL, T0 + at))
        assert.deepEqual(replies, ["NACK", "NACK", "ACK"])
    })

    it("sends the given number of responses with a wrong CRC", () => {
        const { sensor, i2c } = sensorIn(officeAir)
        sensor.faults.corruptNextCrc = 1
        assert.equal(i2c.query(SERIAL, 9, T0), "f89630" + "9f07c2" + "3bbe89")
        assert.equal(i2c.query(SERIAL, 9, T0 + 10), "f89631" + "9f07c2" + "3bbe89")
    })

    it("does not acknowledge while unplugged, and is idle 30 ms after it is back", () => {
        const { sensor, i2c } = measuring()
        sensor.faults.unplugged = true
        assert.equal(i2c.send(READY, T0 + 5000), "NACK")
        sensor.faults.unplugged = false
        assert.equal(i2c.send(READY, T0 + 60_000), "NACK")
        assert.equal(i2c.send(READY, T0 + 60_029), "NACK")
        assert.equal(i2c.query(READY, 3, T0 + 60_030), NOT_READY)
        assert.equal(i2c.send(START, T0 + 70_000), "ACK")
    })

    it("responds, but has no new sample, while stuck", () => {
        const { sensor, i2c } = measuring()
        sensor.faults.stuck = true
        assert.equal(i2c.query(READY, 3, T0 + 60_000), NOT_READY)
        sensor.faults.stuck = false
        assert.equal(i2c.query(READY, 3, T0 + 60_010), IS_READY)
    })
})
