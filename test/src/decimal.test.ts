import assert from "node:assert/strict"
import { type Interview, interview } from "../support/program.ts"

describe("the firmware's number formatting", () => {
    let ask: Interview["ask"]
    before(async () => ({ ask } = await interview()))

    it("places the decimal point itself, also below zero", () => {
        const texts: [number, number, string][] = [
            [-5, 2, "-0.05"],
            [-105, 2, "-1.05"],
            [-4500, 2, "-45.00"],
            [0, 2, "0.00"],
            [29, 2, "0.29"],
            [2300, 2, "23.00"],
            [13000, 2, "130.00"],
            [721, 0, "721"],
            [-7, 0, "-7"],
        ]
        for (const [scaled, decimals, text] of texts) assert.equal(ask("decimalText", scaled, decimals), text)
    })

    it("prints values that the runtime would print as a colon", () => {
        assert.equal(ask("decimalText", 9999, 2), "99.99")
        assert.equal(ask("decimalText", 10000, 2), "100.00")
        assert.equal(ask("decimalText", 999999999, 7), "99.9999999")
    })

    it("reads whole numbers of up to 15 digits", () => {
        assert.equal(ask("parseWholeNumber", "0"), 0)
        assert.equal(ask("parseWholeNumber", "0123"), 123)
        assert.equal(ask("parseWholeNumber", "000000000004294"), 4294)
        assert.equal(ask("parseWholeNumber", "4294967296"), 4294967296)
    })

    it("reads no other text as a number", () => {
        for (const text of ["", " ", "1a", "-1", "+1", "1.5", "1e3", "0x1f", "1 ", "0000000000000001", "٣", "1\u0000"])
            assert.equal(ask("parseWholeNumber", text), null, JSON.stringify(text))
    })
})
