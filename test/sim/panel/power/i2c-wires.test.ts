import assert from "node:assert/strict"
import fc from "fast-check"
import { Aw9523 } from "../../../../devs/sim/panel/power/aw9523.ts"
import { Axp2101 } from "../../../../devs/sim/panel/power/axp2101.ts"
import { I2cWires } from "../../../../devs/sim/panel/power/i2c-wires.ts"
import { ProblemLog } from "../../../../devs/sim/panel/problems.ts"
import { I2cMaster } from "./i2c-master.ts"

const AXP = 0x34
const AW = 0x58
/** A register of the AW9523B without an effect of its own. */
const DIMMER = 0x20

function newBus() {
    const problems = new ProblemLog()
    const wires = new I2cWires([new Axp2101(problems), new Aw9523(problems)], problems)
    let nowMs = 0
    const master = new I2cMaster({
        set: (line, mode) => wires.setPin(line, mode, nowMs),
        read: line => wires.level(line),
    })
    return { wires, master, kinds: () => problems.all.map(({ kind }) => kind), wait: (ms: number) => (nowMs += ms) }
}

describe("the two wires of an I2C bus", () => {
    it("take bytes to the part that is addressed, and acknowledge them", () => {
        const { master, wires, kinds } = newBus()
        assert.deepEqual(master.write(AW, DIMMER, 0xa5), [true, true, true])
        assert.deepEqual(master.read(AW, DIMMER, 1), [0xa5])
        assert.deepEqual(master.read(AXP, DIMMER, 1), [0])
        assert.equal(wires.idle, true)
        assert.deepEqual(kinds(), [])
    })

    it("do not acknowledge an address that no part has", () => {
        const { master, kinds } = newBus()
        assert.deepEqual(master.write(0x35, DIMMER, 1), [false, false, false])
        assert.deepEqual(kinds(), [])
    })

    it("read several registers, until one is not acknowledged", () => {
        const { master } = newBus()
        master.write(AW, DIMMER, 1, 2, 3)
        assert.deepEqual(master.read(AW, DIMMER, 3), [1, 2, 3])
        assert.deepEqual(master.read(AW, 0x10, 1), [0x23])
    })

    it("bring back any bytes", () => {
        const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 8 })
        fc.assert(
            fc.property(bytes, values => {
                const { master, kinds } = newBus()
                master.write(AW, DIMMER, ...values)
                assert.deepEqual(master.read(AW, DIMMER, values.length), values)
                assert.deepEqual(kinds(), [])
            }),
        )
    })

    it("name a line that is driven high, and stay usable", () => {
        const { wires, kinds } = newBus()
        wires.setPin("sda", 0x12, 0)
        assert.deepEqual(kinds(), ["i2c-driven-high"])
        assert.equal(wires.level("sda"), 1)
    })

    it("name SDA that changes while SCL is high within a byte", () => {
        const { master, kinds } = newBus()
        master.start()
        for (const bit of [0, 1, 1] as const) master.bit(bit)
        master.sda(1)
        master.scl(1)
        master.sda(0)
        assert.deepEqual(kinds(), ["i2c-in-byte"])
    })

    it("name a stop within a byte", () => {
        const { master, kinds } = newBus()
        master.start()
        master.byte(AW << 1)
        for (const bit of [0, 1, 0, 1] as const) master.bit(bit)
        master.stop()
        assert.deepEqual(kinds(), ["i2c-in-byte"])
    })

    it("name a transfer without a stop when the next one starts", () => {
        const { master, wires, kinds, wait } = newBus()
        master.start()
        master.byte(AW << 1)
        master.byte(DIMMER)
        assert.equal(wires.idle, false)
        wait(500)
        master.sda(1)
        wait(500)
        master.start()
        assert.deepEqual(kinds(), ["i2c-no-stop"])
    })

    it("let a master free the lines after a restart within a byte that it read", () => {
        const { master, wires, kinds } = newBus()
        master.start()
        master.byte((AW << 1) | 1)
        for (let at = 0; at < 3; at++) master.bit(1)
        assert.equal(wires.level("sda"), 0)
        wires.interrupt()
        for (let at = 0; at < 9 && wires.level("sda") === 0; at++) {
            master.scl(0)
            master.scl(1)
        }
        master.scl(0)
        master.stop()
        assert.deepEqual(master.read(AW, 0x10, 1), [0x23])
        assert.deepEqual(kinds(), [])
    })
})
