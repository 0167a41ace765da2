import assert from "node:assert/strict"
import path from "node:path"
import { projectDirectory } from "../../devs/vm/build-cache.ts"
import { airpin } from "../support/airpin.ts"

const recording = (file: string) => path.join(projectDirectory, "test/fixtures/recordings", file)

describe("airpin sim --replay", () => {
    it("takes readings only where the recording has air, and says how much is missing", async () => {
        const args = ["sim", "--speed", "max", "--replay", recording("eight-days-gap.csv")]
        const { code, stdout, stderr } = await airpin(args)
        assert.equal(code, 0, stderr)
        assert.match(stdout, /^recording 5 rows from 2026-03-05 09:00 to 2026-03-13 09:02 UTC, one every 60 s$/m)
        assert.match(stdout, /^missing +191\.9 h of 192\.0 h without air: 1 gap, 0 empty cells$/m)
        const [, readings] = /^readings +(\d+) taken/m.exec(stdout) ?? []
        assert.ok(Number(readings) >= 3 && Number(readings) <= 6, `${readings} readings`)
    }).timeout(180_000)

    it("reads a layout of which its options say what it cannot know", async () => {
        const options = [
            "--columns",
            "time=Zeit,co2=CO2 innen",
            "--columns",
            "temperature=Temperatur,humidity=Feuchte",
            "--zone",
            "Europe/Berlin",
        ]
        const args = ["--json", "sim", "--speed", "max", "--replay", recording("german-excel.csv"), ...options]
        const { code, stdout, stderr } = await airpin(args)
        assert.equal(code, 0, stderr)
        const { replay, readings } = JSON.parse(stdout)
        assert.deepEqual([replay.startMs, replay.rows, replay.missingMs], [Date.UTC(2026, 2, 5, 9), 3, 0])
        assert.equal(readings, 15)
    }).timeout(60_000)

    const refused: Record<string, [args: string[], code: number, message: RegExp]> = {
        "columns it does not know": [
            ["--replay", recording("german-excel.csv")],
            1,
            /german-excel\.csv line 1: no column for time, co2, temperature, humidity; the columns are "Zeit", .*\nnext +say which is which: --columns/,
        ],
        "an unknown zone": [
            ["--replay", recording("iso-lowercase.csv"), "--zone", "Berlin"],
            2,
            /--zone Berlin is no time zone/,
        ],
        "options without a recording": [["--zone", "Europe/Berlin"], 2, /no --replay is given/],
    }
    for (const [kind, [args, exit, message]] of Object.entries(refused))
        it(`refuses ${kind}`, async () => {
            const { code, stderr } = await airpin(["sim", "--speed", "max", ...args])
            assert.equal(code, exit)
            assert.match(stderr, message)
        })
})
