import assert from "node:assert/strict"
import { parseFacts } from "../../../devs/flash/web/image-facts.ts"
import { failsWith } from "../support/flashing.ts"

const SHA256 = "25a456c94194dd3d62990f341b0696ae6ec205f99d9045d5ce8f9256514cffb8"
const anchor = { subject: "CN=ISRG Root X1", notAfter: "2035-06-04T11:04:38.000Z" }
const parse = (facts: unknown) => parseFacts(JSON.stringify(facts), "build/board.json", SHA256)

describe("the account of an image", () => {
    it("is shown as far as it is known, and nothing else of it", () => {
        const told = { sha256: SHA256, board: "M5Stack", firmware: "0.1.0", apiUrl: "https://air.example.org", builtAt: "2026-11-24T21:40:00Z" }
        const untold = { wifi: { password: "correct horse" }, token: "battery staple" }
        assert.deepEqual(parse({ ...told, ...untold, anchors: [{ ...anchor, reason: "x" }] }), { ...told, anchors: [anchor] })
    })

    it("may say no more than which image it is about", () => {
        assert.deepEqual(parse({ sha256: SHA256 }), { sha256: SHA256, anchors: [] })
    })

    it("is refused when it is about another image", () => {
        assert.throws(() => parse({ sha256: "00".repeat(32) }), failsWith("IMAGE_FACTS_STALE"))
    })

    const malformed: Record<string, unknown> = {
        "no JSON object": [],
        "no digest": { board: "M5Stack" },
        "a board that is no text": { sha256: SHA256, board: 5 },
        "a date that is none": { sha256: SHA256, builtAt: "yesterday" },
        "anchors that are no list": { sha256: SHA256, anchors: {} },
        "an anchor without a name": { sha256: SHA256, anchors: [{ notAfter: anchor.notAfter }] },
        "an anchor without a date": { sha256: SHA256, anchors: [{ subject: "CN=Root" }] },
    }
    for (const [what, facts] of Object.entries(malformed))
        it(`is refused with ${what}`, () => {
            assert.throws(() => parse(facts), failsWith("IMAGE_FACTS_INVALID"))
        })

    it("is refused when it is no JSON", () => {
        assert.throws(() => parseFacts('{"sha256": "25', "build/board.json", SHA256), failsWith("IMAGE_FACTS_INVALID"))
    })
})
