import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import path from "node:path"
import { RELEASED_S } from "../../devs/api/release.ts"
import { writeState } from "../../devs/api/store/state.ts"
import { openStored } from "../api/support/stored.ts"
import { airpinUntil, temporaryFolder } from "../support/airpin.ts"

const DAY_S = 86_400

/** A database whose last batch was stored in 2090, as it seems to a server whose clock is behind. */
async function databaseFromThen(): Promise<string> {
    const file = path.join(await temporaryFolder(), "readings.db")
    const store = await openStored(file)
    const thenS = Date.UTC(2090, 0, 1) / 1000
    await writeState(store.db, "storedAt", `${thenS}`)
    await store.close()
    return file
}

const started = async (...more: string[]) => {
    const args = ["serve", "--port", "0", "--db", await databaseFromThen(), ...more]
    const serving = await airpinUntil(args, text => text.includes("Ctrl-C"), 15_000, await temporaryFolder())
    return await serving.stop()
}

describe("airpin serve with a clock that is behind the database", () => {
    it("warns at its start, and says what to do", async () => {
        const { stderr } = await started()
        assert.match(
            stderr,
            /^warning {3}nothing is stored: the clock of this server says .*, but the last batch was stored at 2090-01-01T00:00:00Z\nnext {6}set the server's clock .*airpin serve --trust-clock$/m,
        )
    })

    it("does not with --trust-clock", async () => {
        assert.equal((await started("--trust-clock")).stderr, "")
    })
})

describe("the release date", () => {
    it("is not after the last commit, and less than a year before it", function () {
        let committedS: number
        try {
            committedS = Number(execFileSync("git", ["log", "-1", "--format=%ct"], { encoding: "utf8" }))
        } catch {
            return this.skip()
        }
        assert.ok(RELEASED_S <= committedS && RELEASED_S > committedS - 365 * DAY_S)
    })
})
