import assert from "node:assert/strict"
import { chmod, mkdir, stat } from "node:fs/promises"
import path from "node:path"
import { makeFolder, makePrivateFolder } from "../../certs/replace-file.ts"
import { temporaryFolder } from "../support/airpin.ts"

describe("the folder .airpin", () => {
    let folder: string
    const mode = async (name: string) => ((await stat(path.join(folder, name))).mode & 0o777).toString(8)

    beforeEach(async () => {
        folder = await temporaryFolder()
    })

    it("can be entered by its owner only, whatever is made in it first", async () => {
        await makeFolder(path.join(folder, ".airpin/build"))
        assert.equal(await mode(".airpin"), "700")
    })

    it("is closed to others if an earlier version left it open; other folders keep their mode", async () => {
        for (const name of [".airpin", "data"]) {
            await mkdir(path.join(folder, name))
            await chmod(path.join(folder, name), 0o755)
            await makePrivateFolder(path.join(folder, name))
        }
        assert.deepEqual([await mode(".airpin"), await mode("data")], ["700", "755"])
    })
})
