import assert from "node:assert/strict"
import { pinnedText } from "../../../devs/image/settings/pinned-text.ts"
import { settingEntries } from "../../../devs/image/store-entries.ts"

const anchor = (name: string, end: string) => ({ subject: `CN=${name}`, notAfter: new Date(end) })

describe("the pins that a screen shows", () => {
    it("are names with the month of their end", () => {
        const anchors = [anchor("ISRG Root X1", "2035-06-04"), anchor("ISRG Root X2", "2040-09-17")]
        assert.equal(pinnedText(anchors), "ISRG Root X1 2035-06,ISRG Root X2 2040-09")
    })

    it("are shortened at whole characters until they fit into 220 bytes and into the store", () => {
        for (const count of [3, 10, 15, 16, 40]) {
            const text = pinnedText(
                Array.from({ length: count }, (_, at) =>
                    anchor(`${at} Zertifizierungsstelle für Prüfungen äöü`, "2030-01-01"),
                ),
            )
            assert.ok(Buffer.byteLength(text) <= 220, `${count}: ${Buffer.byteLength(text)}`)
            assert.ok(!text.includes("\ufffd"))
            assert.equal(text.includes("…"), count > 3)
            settingEntries({ PINNED: text })
        }
    })

    it("have no comma or quote in a name, which would end it", () => {
        assert.equal(pinnedText([anchor('A\\, "B"', "2030-01-01")]).split(",").length, 1)
    })
})
