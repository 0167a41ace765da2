import assert from "node:assert/strict"
import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises"
import path from "node:path"
import { writePage } from "../../../devs/flash/web/folder.ts"
import { filesForImage } from "../../../devs/flash/web/site.ts"
import { temporaryFolder } from "../../support/airpin.ts"
import { failsWith, imageFor } from "../support/flashing.ts"

const files = filesForImage(imageFor("esp32"), undefined)
const otherFiles = filesForImage(imageFor("esp32s3"), undefined)
const pageNames = ["base.css", "esp-web-tools", "icon.svg", "index.html", "page.css", "page.js"]
const namesWith = (more: { name: string }[]) => [...pageNames, ...more.map(({ name }) => name)].sort()

/** It has the name of one of the page's files, so that writing fails midway. */
const unwritable = [...otherFiles, { name: "page.js", mediaType: "text/javascript", contents: "" }]

describe("the page as a folder", () => {
    let parent: string
    let count = 0
    before(async () => {
        parent = await temporaryFolder()
    })
    /** in a folder of its own, so that leftovers beside it show */
    const newTarget = () => path.join(parent, String(count++), "flasher")
    const namesIn = async (folder: string) => (await readdir(folder)).sort()

    it("has every file, also the licence of ESP Web Tools, and only its owner may read it", async () => {
        const target = newTarget()
        await writePage(files, target)
        assert.deepEqual(await namesIn(target), namesWith(files))
        for (const { name, contents } of files)
            assert.deepEqual(await readFile(path.join(target, name)), Buffer.from(contents))
        const tools = await namesIn(path.join(target, "esp-web-tools"))
        assert.ok(tools.includes("install-button.js") && tools.includes("LICENSE"), tools.join())
        if (process.platform !== "win32") assert.equal((await stat(target)).mode & 0o777, 0o700)
    })

    it("replaces an empty folder, and one written before", async () => {
        const target = newTarget()
        await mkdir(target, { recursive: true })
        await writePage(files, target)
        await writePage(otherFiles, target)
        assert.deepEqual(await namesIn(target), namesWith(otherFiles))
        assert.deepEqual(await namesIn(path.dirname(target)), ["flasher"])
    })

    it("follows a link", async () => {
        const target = newTarget()
        await writePage(files, target)
        const link = path.join(path.dirname(target), "link")
        await symlink(target, link)
        await writePage(otherFiles, link)
        assert.deepEqual(await namesIn(target), namesWith(otherFiles))
    })

    it("is not created if it cannot be complete", async () => {
        const target = newTarget()
        await assert.rejects(writePage(unwritable, target), { code: "EEXIST" })
        assert.deepEqual(await namesIn(path.dirname(target)), [])
    })

    it("keeps its old contents if the new ones cannot be complete", async () => {
        const target = newTarget()
        await writePage(files, target)
        await assert.rejects(writePage(unwritable, target), { code: "EEXIST" })
        assert.deepEqual(await namesIn(target), namesWith(files))
        assert.deepEqual(await namesIn(path.dirname(target)), ["flasher"])
    })

    it("does not replace other files", async () => {
        const target = newTarget()
        await writePage(files, target)
        await writeFile(path.join(target, "thesis.txt"), "")
        await assert.rejects(writePage(otherFiles, target), failsWith("FOLDER_NOT_OURS"))
        assert.deepEqual(await namesIn(target), [...namesWith(files), "thesis.txt"].sort())
    })

    it("does not replace another page with files of the same names", async () => {
        const target = newTarget()
        await mkdir(target, { recursive: true })
        await writeFile(path.join(target, "index.html"), "mine")
        await assert.rejects(writePage(files, target), failsWith("FOLDER_NOT_OURS"))
        assert.equal(await readFile(path.join(target, "index.html"), "utf8"), "mine")
    })

    it("does not replace a file", async () => {
        const target = newTarget()
        await mkdir(path.dirname(target))
        await writeFile(target, "mine")
        await assert.rejects(writePage(files, target), failsWith("FOLDER_UNUSABLE"))
        assert.equal(await readFile(target, "utf8"), "mine")
    })
})
