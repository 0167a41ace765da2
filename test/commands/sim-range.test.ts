import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import path from "node:path"
import { projectDirectory } from "../../devs/vm/build-cache.ts"
import { airpin, temporaryFolder } from "../support/airpin.ts"

describe("airpin sim with a CO2 concentration that no air has", function () {
    this.timeout(120_000)

    it("stores no CO2 of a recording of 1 ppm, which its sensor refuses as out of range", async () => {
        const folder = await temporaryFolder()
        const csv = path.join(projectDirectory, "test/fixtures/recordings/co2-of-1ppm.csv")
        const stored = path.join(folder, "stored.csv")
        const { code, stdout, stderr } = await airpin(
            ["sim", "--replay", csv, "--speed", "max", "--log", "--export", stored],
            folder,
        )
        assert.equal(code, 0, stderr)
        assert.match(stdout, /sensor name=scd4x error=range count=1$/m)
        const [header = "", ...rows] = (await readFile(stored, "utf8")).trim().split("\n")
        assert.ok(rows.length >= 28, `${rows.length} readings`)
        const column = header.split(",").findIndex(name => name.startsWith("co2"))
        assert.deepEqual(new Set(rows.map(row => row.split(",")[column])), new Set([""]))
        assert.match(rows[5] ?? "", /21\.[34]\d?,4[34]/)
    })
})
