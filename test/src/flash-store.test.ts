import assert from "node:assert/strict"
import { type Interview, interview } from "../support/program.ts"

describe("the firmware's flash store", () => {
    let chip: Interview
    let writes = 0
    before(async () => (chip = await interview({ onFlash: () => writes++ })))
    beforeEach(() => (writes = 0))

    it("returns every byte, including zeros and 0xff", () => {
        assert.equal(chip.ask("writeBytes", "some", "00ff0022615c00"), true)
        assert.equal(chip.ask("readBytes", "some"), "00ff0022615c00")
        assert.equal(writes, 1)
    })

    it("returns nothing for a key that was never written or was deleted", () => {
        assert.equal(chip.ask("readBytes", "never"), "")
        chip.ask("writeBytes", "gone", "01")
        assert.equal(chip.ask("writeBytes", "gone", ""), true)
        assert.equal(chip.ask("readBytes", "gone"), "")
        assert.equal(writes, 2)
    })

    it("writes nothing if the value is stored already", () => {
        chip.ask("writeBytes", "same", "0102")
        writes = 0
        assert.equal(chip.ask("writeBytes", "same", "0102"), true)
        assert.equal(writes, 0)
    })

    it("accepts 231 bytes including the key, and refuses one more, which would crash the chip", () => {
        assert.equal(chip.ask("writeBytes", "key", "5a".repeat(228)), true)
        assert.equal(chip.ask("readBytes", "key"), "5a".repeat(228))
        writes = 0
        assert.throws(() => chip.ask("writeBytes", "key", "5a".repeat(229)), { message: "setting key too long" })
        assert.equal(writes, 0)
    })

    it("reports a full store", () => {
        let slot = 0
        while (slot < 40 && chip.ask("writeBytes", `full${slot}`, "5a".repeat(200))) slot++
        assert.ok(slot > 25 && slot < 35, `${slot} of 232 bytes in 8 kB`)
    })
})
