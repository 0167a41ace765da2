import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { copyFile, mkdir, readdir, symlink, writeFile } from "node:fs/promises"
import path from "node:path"
import { promisify } from "node:util"
import { projectDirectory } from "../devs/vm/build-cache.ts"
import { temporaryFolder } from "./support/airpin.ts"

const run = promisify(execFile)

describe("TypeScript without a build step", function () {
    this.timeout(60_000)
    let folder: string
    let kept: string
    before(function () {
        if ("typescript" in process.features && process.features.typescript) this.skip() // Node.js reads it itself
    })
    beforeEach(async () => {
        folder = await temporaryFolder()
        kept = path.join(folder, ".airpin/typescript")
        await mkdir(path.join(folder, "devs"))
        await symlink(path.join(projectDirectory, "node_modules"), path.join(folder, "node_modules"))
        for (const name of ["typescript.mjs", "typescript-hooks.mjs"])
            await copyFile(path.join(projectDirectory, "devs", name), path.join(folder, "devs", name))
    })

    /** What a program prints that is written in TypeScript. */
    async function printed(source: string): Promise<string> {
        await writeFile(path.join(folder, "program.ts"), source)
        const loader = path.join(folder, "devs/typescript.mjs")
        return (await run(process.execPath, ["--import", loader, path.join(folder, "program.ts")])).stdout
    }

    it("runs a file as it is now, also where it was run before it changed", async () => {
        assert.equal(await printed("const text: string = 'one'\nconsole.log(text)"), "one\n")
        assert.equal(await printed("const text: string = 'two'\nconsole.log(text)"), "two\n")
        assert.equal((await readdir(kept)).length, 1)
    })

    it("names the line of the source in a stack trace, also from what was kept", async () => {
        const source = "interface Unused {\n    text: string\n}\n\nconsole.log(new Error('x').stack)"
        for (const time of ["first", "second"]) assert.match(await printed(source), /program\.ts:5:13/, time)
    })

    it("runs where nothing can be kept", async () => {
        await writeFile(path.join(folder, ".airpin"), "a file in the way")
        assert.equal(await printed("const text: string = 'one'\nconsole.log(text)"), "one\n")
    })
})
