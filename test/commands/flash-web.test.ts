import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { imageFor } from "../flash/support/flashing.ts"
import { sampleManifest } from "../image/support/sample-manifest.ts"
import { airpin, airpinUntil, temporaryFolder } from "../support/airpin.ts"
import { buildApp } from "../support/firmware-image.ts"

const SECRET = "correct horse battery staple"

describe("airpin flash --web", () => {
    const image = imageFor("esp32")
    image.bytes.write(SECRET, 0x9000 - image.startAt)
    const sha256 = createHash("sha256").update(image.bytes).digest("hex")
    let folder: string
    let factsFile: string
    before(async () => {
        folder = await temporaryFolder()
        await mkdir(path.join(folder, "build"))
        await writeFile(path.join(folder, "build", "test_board-0x1000.bin"), image.bytes)
        factsFile = path.join(folder, "build", "test_board.json")
    })
    const manifest = (of: string) =>
        sampleManifest({ sha256: of, board: { id: "test_board", name: "A board" }, hosts: [], anchors: [] })
    beforeEach(() => writeFile(factsFile, JSON.stringify(manifest(sha256))))

    it("serves the image of a board until it is stopped, and prints no secret", async () => {
        const running = await airpinUntil(
            ["--json", "flash", "--web", "--board", "test_board"],
            stdout => stdout.includes("}"),
            20_000,
            folder,
        )
        assert.ok(running.seen)
        const { url } = JSON.parse(running.stdout()) as { url: string }
        assert.equal(((await (await fetch(`${url}facts.json`)).json()) as { board: string }).board, "A board")
        const { code, stdout } = await running.stop()
        assert.equal(code, 0)
        assert.ok(!stdout.includes(SECRET))
        await assert.rejects(fetch(url))
    })

    it("writes a folder with --out, warns about its secrets, and prints none", async () => {
        const { code, stdout, stderr } = await airpin(["flash", "--out", "public", "--board", "test_board"], folder)
        assert.equal(code, 0, stderr)
        assert.match(
            stdout,
            /^image +build\/test_board-0x1000\.bin: \d+\.\d kB for ESP32, from 0x1000\npage +public\/index\.html: host the folder over https\n$/,
        )
        assert.match(
            stderr,
            /^warning +its image contains the Wi-Fi password and the device's token: whoever can load the folder can read them\n$/,
        )
        const bytes = await readFile(path.join(folder, "public", `image-${sha256.slice(0, 12)}.bin`))
        assert.deepEqual(bytes, image.bytes)
        assert.ok(!(stdout + stderr).includes(SECRET))
    })

    it("works without facts if there are none", async () => {
        await writeFile(path.join(folder, "other.bin"), image.bytes)
        const { code, stderr } = await airpin(["flash", "--out", "without", "--image", "other.bin"], folder)
        assert.equal(code, 0, stderr)
        assert.equal("board" in JSON.parse(await readFile(path.join(folder, "without", "facts.json"), "utf8")), false)
    })

    it("refuses facts about another image, and writes nothing", async () => {
        await writeFile(factsFile, JSON.stringify(manifest("00".repeat(32))))
        const { code, stderr } = await airpin(["flash", "--out", "stale", "--board", "test_board"], folder)
        assert.equal(code, 1)
        assert.match(
            stderr,
            /the manifest belongs to an image with SHA-256 0{64}, but this image has [0-9a-f]{64} \[MANIFEST_STALE\]/,
        )
        assert.ok(!(await readdir(folder)).includes("stale"))
    })

    it("refuses an application alone", async () => {
        await writeFile(
            path.join(folder, "app.bin"),
            buildApp({ dataBytes: 0, codeBytes: 0, ramBytes: 1024, bundles: [] }),
        )
        const { code, stderr } = await airpin(["flash", "--web", "--image", "app.bin"], folder)
        assert.equal(code, 1)
        assert.match(stderr, /\[IMAGE_NOT_BOOTABLE\]/)
    })

    for (const args of [["--port", "/dev/ttyUSB0"], ["--no-stub"]])
        it(`refuses ${args[0]}, which belongs to the serial port`, async () => {
            assert.equal((await airpin(["flash", "--out", "no", "--board", "test_board", ...args], folder)).code, 2)
        })
})
