import assert from "node:assert/strict"
import { readdirSync } from "node:fs"
import { airpin } from "../support/airpin.ts"

const FOLDER = "test/fixtures/soak"

describe("a soak that once dropped readings as undated", function () {
    this.timeout(180_000)

    for (const file of readdirSync(FOLDER).filter(name => name.endsWith(".json5")))
        it(`${file} drops none as undated, and balances`, async () => {
            const { code, stdout, stderr } = await airpin(["soak", "--reproduce", `${FOLDER}/${file}`, "--json"])
            assert.equal(code, 0, stderr)
            const { taken, stored, cut, lost } = JSON.parse(stdout) as {
                taken: number
                stored: number
                cut: number
                lost: Record<string, number>
            }
            assert.deepEqual(
                Object.keys(lost).filter(reason => reason !== "full"),
                [],
            )
            assert.equal(stored + cut + (lost.full ?? 0), taken)
        })
})
