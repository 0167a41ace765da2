import assert from "node:assert/strict"
import { interview } from "../support/program.ts"

describe("the firmware's log", () => {
    it("withholds a line that contains the secret", async () => {
        const { ask, log } = await interview()
        ask("setSecret", "tok_123")
        ask("log", "setting name=API_TOKEN value=tok_123")
        ask("log", "setting name=API_TOKEN value=none")
        ask("sleep", 100)
        assert.deepEqual(
            log.filter(line => line.startsWith("> ")),
            ["> withheld reason=secret", "> setting name=API_TOKEN value=none"],
        )
    })

    it("shortens an error to 80 characters without spaces", async () => {
        const { ask } = await interview()
        assert.equal(ask("errorText", "not a number"), "RangeError:not_a_number")
        assert.equal(ask<string>("errorText", "x".repeat(500)).length, 80)
    })
})
