import assert from "node:assert/strict"
import { CHIP_STORE_BYTES, createStore } from "../../../devs/image/fstor.ts"
import { boot } from "../../support/program.ts"

describe("the screen's words", function () {
    this.timeout(180_000)

    it("fit into their rows in every language", async () => {
        const flash = createStore(CHIP_STORE_BYTES, new Map())
        const { events, runFor } = await boot("test/fixtures/programs/screen-words.ts", { flash })
        runFor(20_000)
        const lines = events.filter(({ event }) => event === "width").map(({ values }) => values)
        const kinds = new Map(lines.map(({ kind, language }) => [`${kind} ${language}`, 0]))
        assert.equal(kinds.size, 2 * 6)
        assert.ok(lines.length > 100, `${lines.length} lines`)
        for (const { px, room, text } of lines) assert.ok(Number(px) <= Number(room), `"${text}" is ${px} px wide`)
        const tenths = events.filter(({ event }) => event === "tenths").map(({ values }) => values.values)
        assert.deepEqual(tenths, ["22.4;−5.3;0.0", "22,4;−5,3;0,0"])
    })
})
