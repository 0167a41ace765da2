import assert from "node:assert/strict"
import { type Interview, interview } from "../../support/program.ts"

describe("Sensirion words in the firmware", () => {
    let ask: Interview["ask"]
    before(async () => ({ ask } = await interview()))

    it("have the CRC of the datasheet's examples", () => {
        // SCD4x datasheet 1.7: 3.12, then words of 3.5 and 3.10.2
        const examples = {
            beef: 0x92,
            "0000": 0x81,
            "01f4": 0x33,
            "6667": 0xa2,
            "5eb9": 0x3c,
            f896: 0x31,
            "9f07": 0xc2,
            "3bbe": 0x89,
        }
        for (const [word, crc] of Object.entries(examples)) assert.equal(ask("crc8", word, 0), crc, word)
    })

    it("have their CRC computed at any offset", () => {
        assert.equal(ask("crc8", "000081beef92", 3), 0x92)
    })

    it("are printed as four hex digits each in a serial number", () => {
        assert.equal(ask("hexText", [0xf896, 0x0007, 0x3bbe]), "f89600073bbe")
    })

    it("are converted to a float, as in the SCD30's example", () => {
        // interface description 1.0, 1.4.5
        assert.equal(ask("floatOf", 0x43db, 0x8c2e), 439.0952)
        assert.equal(ask("floatOf", 0x41d9, 0xe7ff), 27.23828)
        assert.equal(ask("floatOf", 0xc0a0, 0), -5)
        assert.equal(ask("floatOf", 0, 0), 0)
    })
})

describe("absolute humidity in the firmware", () => {
    let ask: Interview["ask"]
    before(async () => ({ ask } = await interview()))

    // g/m³ times 256; 25 °C and 50 %RH: 11.48 g/m³, computed apart from this code
    const cases: [number, number, number, string][] = [
        [25, 50, 2940, "a room"],
        [0, 100, 1241, "freezing fog"],
        [-40, 0, 1, "no water at all, which is not unknown"],
        [-20, 1, 3, "dry cold"],
        [100, 100, 65535, "more than the word holds"],
    ]
    for (const [temperatureC, humidityRh, raw, name] of cases)
        it(`is correct for ${name}`, () => {
            assert.equal(ask("absoluteHumidityRaw", temperatureC, humidityRh), raw)
        })
})
