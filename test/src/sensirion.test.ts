import assert from "node:assert/strict"
import { interview, type Interview } from "../support/program.ts"

describe("Sensirion's words, in the firmware", function () {
    this.timeout(60_000)
    let ask: Interview["ask"]
    before(async () => ({ ask } = await interview()))

    it("have the CRC of the datasheet's examples", () => {
        // SCD4x datasheet 1.7: 3.12, then words of 3.5 and 3.10.2
        const examples = { beef: 0x92, "0000": 0x81, "01f4": 0x33, "6667": 0xa2, "5eb9": 0x3c, f896: 0x31, "9f07": 0xc2, "3bbe": 0x89 }
        for (const [word, crc] of Object.entries(examples)) assert.equal(ask("crc8", word, 0), crc, word)
    })

    it("are found at their place among others", () => {
        assert.equal(ask("crc8", "000081beef92", 3), 0x92)
    })

    it("make a serial number of four hex digits each", () => {
        assert.equal(ask("hexText", [0xf896, 0x0007, 0x3bbe]), "f89600073bbe")
    })
})
