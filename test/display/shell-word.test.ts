import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { shellWord } from "../../devs/display/shell-word.ts"

describe("a word of a shell", () => {
    for (const text of ["cook", "Class 3b", "O'Neill", "$HOME", "a;b", "", "ünï"])
        it(`is read by sh as ${JSON.stringify(text)}`, () => {
            assert.equal(execFileSync("sh", ["-c", `printf %s ${shellWord(text)}`]).toString(), text)
        })

    it("has quotes only where they are needed", () => {
        assert.deepEqual(["cook", "Class 3b"].map(shellWord), ["cook", "'Class 3b'"])
    })
})
