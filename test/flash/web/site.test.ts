import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { filesForImage } from "../../../devs/flash/web/site.ts"
import { imageFor } from "../support/flashing.ts"

const parsed = (files: ReturnType<typeof filesForImage>, name: string) =>
    JSON.parse(String(files.find(file => file.name === name)!.contents))

describe("the files generated for an image", () => {
    for (const [chip, chipFamily, offset] of [
        ["esp32", "ESP32", 0x1000],
        ["esp32s2", "ESP32-S2", 0x1000],
        ["esp32c3", "ESP32-C3", 0],
        ["esp32s3", "ESP32-S3", 0],
    ] as const)
        it(`make ESP Web Tools write an image for ${chip} at ${offset}`, () => {
            const image = imageFor(chip)
            const files = filesForImage(image, { board: "My board", firmware: "0.1.0", hosts: [], anchors: [] })
            const [{ name, contents }] = files as [(typeof files)[0]]
            assert.deepEqual(contents, image.bytes)
            assert.deepEqual(parsed(files, "manifest.json"), {
                name: "airpin for My board",
                version: "0.1.0",
                new_install_prompt_erase: true,
                new_install_improv_wait_time: 0,
                builds: [{ chipFamily, parts: [{ path: name, offset }] }],
            })
        })

    it("describe the image from its own bytes if there are no facts", () => {
        const image = imageFor("esp32c3")
        const sha256 = createHash("sha256").update(image.bytes).digest("hex")
        const files = filesForImage(image, undefined)
        assert.deepEqual(
            files.map(({ name }) => name),
            [`image-${sha256.slice(0, 12)}.bin`, "manifest.json", "facts.json"],
        )
        assert.deepEqual(parsed(files, "facts.json"), {
            sha256,
            chip: "ESP32-C3",
            startAt: 0,
            sizeBytes: image.bytes.length,
        })
        const { name, version } = parsed(files, "manifest.json")
        assert.deepEqual([name, version], ["airpin for ESP32-C3", sha256.slice(0, 12)])
    })
})
