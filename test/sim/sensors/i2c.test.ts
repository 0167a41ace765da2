import assert from "node:assert/strict"
import { mix, Random } from "../../../devs/sim/random.ts"
import { I2cBus, type I2cDevice } from "../../../devs/sim/sensors/i2c.ts"
import { crc8, decodeWords, encodeWords } from "../../../devs/sim/sensors/sensirion.ts"

/** Records its transfers and acknowledges as configured. */
class Probe implements I2cDevice {
    readonly address: number
    readonly received: string[] = []
    acknowledges = true
    response: Uint8Array | undefined = Uint8Array.of(1, 2)

    constructor(address: number) {
        this.address = address
    }

    write(bytes: Uint8Array, atMs: number): boolean {
        this.received.push(`write ${Buffer.from(bytes).toString("hex")} at ${atMs}`)
        return this.acknowledges
    }

    read(length: number, atMs: number): Uint8Array | undefined {
        this.received.push(`read ${length} at ${atMs}`)
        return this.response
    }

    generalCall(bytes: Uint8Array): boolean {
        this.received.push(`call ${Buffer.from(bytes).toString("hex")}`)
        return this.acknowledges
    }
}

function busWith(...devices: I2cDevice[]): I2cBus {
    const bus = new I2cBus()
    for (const device of devices) bus.attach(device)
    return bus
}

describe("I2C bus", () => {
    const nothing = new Uint8Array()

    it("writes and then reads the device at the address, at one moment", () => {
        const device = new Probe(0x62)
        const result = busWith(new Probe(0x58), device).transfer(0x62, Uint8Array.of(0x36, 0x82), 2, 1000)
        assert.deepEqual(result, { status: 0, read: Uint8Array.of(1, 2) })
        assert.deepEqual(device.received, ["write 3682 at 1000", "read 2 at 1000"])
    })

    it("does not read after a write that was not acknowledged", () => {
        const device = new Probe(0x62)
        device.acknowledges = false
        assert.deepEqual(busWith(device).transfer(0x62, Uint8Array.of(1), 2, 0), { status: 1 })
        assert.deepEqual(device.received, ["write 01 at 0"])
    })

    it("reports a read that was not acknowledged", () => {
        const device = new Probe(0x62)
        device.response = undefined
        assert.deepEqual(busWith(device).transfer(0x62, Uint8Array.of(1), 2, 0), { status: 2 })
    })

    it("does not acknowledge an address without a device", () => {
        const bus = busWith(new Probe(0x62))
        assert.deepEqual(bus.transfer(0x61, Uint8Array.of(1), 0, 0), { status: 1 })
        assert.deepEqual(bus.transfer(0x61, nothing, 1, 0), { status: 2 })
    })

    it("probes an address with an empty write", () => {
        const bus = busWith(new Probe(0x62))
        assert.deepEqual(bus.transfer(0x62, nothing, 0, 0), { status: 0 })
        assert.deepEqual(bus.transfer(0x63, nothing, 0, 0), { status: 1 })
    })

    it("delivers a general call, at address 0, to all devices", () => {
        const devices = [new Probe(0x58), new Probe(0x62)]
        devices[0]!.acknowledges = false
        assert.deepEqual(busWith(...devices).transfer(0, Uint8Array.of(6), 0, 0), { status: 0 })
        assert.deepEqual(
            devices.map(device => device.received),
            [["call 06"], ["call 06"]],
        )
    })

    it("does not acknowledge address 0 if no device supports general calls", () => {
        const deaf: I2cDevice = { address: 0x62, write: () => true, read: () => undefined }
        assert.deepEqual(busWith(deaf).transfer(0, Uint8Array.of(6), 0, 0), { status: 1 })
    })

    it("forgets a detached device", () => {
        const device = new Probe(0x62)
        const bus = busWith(device)
        bus.detach(device)
        assert.deepEqual(bus.transfer(0x62, nothing, 0, 0), { status: 1 })
    })

    it("refuses two devices at one address", () => {
        assert.throws(() => busWith(new Probe(0x62), new Probe(0x62)), { code: "I2C_ADDRESS_TAKEN" })
    })
})

describe("Sensirion words", () => {
    it("have the CRC of the datasheets' example", () => {
        assert.equal(crc8(Uint8Array.of(0xbe, 0xef)), 0x92)
    })

    it("are sent high byte first, each with its CRC", () => {
        const frame = Buffer.from("01f4336667a25eb93c", "hex")
        assert.deepEqual(Buffer.from(encodeWords([500, 0x6667, 0x5eb9])), frame)
        assert.deepEqual(decodeWords(frame), [500, 0x6667, 0x5eb9])
    })

    it("are refused with a wrong CRC or a missing byte", () => {
        assert.equal(decodeWords(Buffer.from("01f434", "hex")), undefined)
        assert.equal(decodeWords(Buffer.from("01f4", "hex")), undefined)
        assert.equal(decodeWords(Buffer.from("01f43366", "hex")), undefined)
    })
})

describe("seeded random numbers", () => {
    it("match published values of mulberry32", () => {
        const random = new Random(1)
        const values = [random.next(), random.next(), random.next()]
        assert.deepEqual(values, [0.6270739405881613, 0.002735721180215478, 0.5274470399599522])
    })

    it("have the requested mean and deviation", () => {
        const random = new Random(7)
        const values = Array.from({ length: 20_000 }, () => random.gaussian(10))
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length
        const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
        assert.ok(Math.abs(mean) < 0.3, `mean ${mean}`)
        assert.ok(Math.abs(Math.sqrt(variance) - 10) < 0.3, `deviation ${Math.sqrt(variance)}`)
    })

    it("give every part of a simulation its own seed", () => {
        const seeds = new Set<number>()
        for (let day = 0; day < 100; day++) for (let person = 0; person < 100; person++) seeds.add(mix(1, day, person))
        assert.equal(seeds.size, 10_000)
    })
})
