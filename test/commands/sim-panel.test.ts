import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { decode } from "fast-png"
import { asAirpinError } from "../../certs/error.ts"
import { errorRow } from "../../certs/error-codes/table.ts"
import { boardOf, checkPanelOptions, moments } from "../../devs/commands/sim-panel.ts"
import { airpin, temporaryFolder } from "../support/airpin.ts"

/** for a whole command on a busy machine */
const TIMEOUT_MS = 120_000

describe("airpin sim --screenshot", function () {
    this.timeout(TIMEOUT_MS)

    it("writes the screen at each time, and nothing else", async () => {
        const folder = await temporaryFolder()
        const options = ["--at", "1s", "--at", "30s", "--scale", "2", "--interval", "5", "--seed", "4"]
        const { code, stdout, stderr } = await airpin(["sim", "--screenshot", "air.png", ...options], folder)
        assert.equal(code, 0, stderr)
        assert.match(stdout, /^written +air-30s\.png: 640 × 480 pixels/m)
        assert.deepEqual(
            readdirSync(folder).filter(name => !name.startsWith(".")),
            ["air-1s.png", "air-30s.png"],
        )
        const [early, late] = ["air-1s.png", "air-30s.png"].map(name => decode(readFileSync(path.join(folder, name))))
        assert.deepEqual([late!.width, late!.height, late!.channels], [640, 480, 3])
        assert.notDeepEqual(early!.data, late!.data)
        // Each pixel is drawn as 2 × 2.
        for (const at of [0, 101, 202])
            assert.deepEqual(late!.data.slice(6 * at, 6 * at + 3), late!.data.slice(6 * at + 3, 6 * at + 6))
    })
})

describe("the panel options of airpin sim", () => {
    for (const [options, words] of [
        [{ at: moments("2h") }, /--at is for --screenshot/],
        [{ scale: 2 }, /--scale is for --screenshot/],
        [{ panelPort: 8080 }, /--panel-port is for --panel/],
    ] as const)
        it(`say that ${words.source}`, () => {
            assert.throws(() => checkPanelOptions(options), { code: "USAGE_WRONG", message: words })
        })

    it("take a time after the start, and say how one is written", () => {
        assert.deepEqual(
            moments("2h", moments("90s")).map(({ seconds }) => seconds),
            [90, 7200],
        )
        assert.throws(() => moments("2x"), /must be a duration/)
    })

    it("refuse a board without a screen, and name one with it", async () => {
        const refused = boardOf({ screenshot: "a.png", board: "m5atom_lite" })
        const { code, nextStep } = asAirpinError(await refused.catch((error: unknown) => error))
        assert.equal(code, "PANEL_MISSING")
        assert.match(nextStep, /--board m5stack_core/)
        assert.equal(errorRow(code).exit, 2)
    })

    it("show the M5Stack Core if no board is named, and no board if nothing is to be shown", async () => {
        assert.equal((await boardOf({ panel: true }))?.id, "m5stack_core")
        assert.equal((await boardOf({ panel: true, board: "m5atom_lite" }))?.id, "m5atom_lite")
        assert.equal(await boardOf({}), undefined)
    })
})
