import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { sha256Of } from "../../../certs/sha256.ts"
import type { Manifest } from "../../../devs/image/manifest/manifest.ts"
import { readFlashedManifest } from "../../../devs/image/manifest/manifest-file.ts"
import { temporaryFolder } from "../../support/airpin.ts"
import { temporaryCa } from "../../support/tls-servers.ts"
import { flashedManifest } from "../support/sample-manifest.ts"

describe("the manifest of a flashed image", () => {
    let folder: string
    let manifest: Manifest

    before(async () => {
        folder = await temporaryFolder()
        manifest = flashedManifest(await temporaryCa({ rootName: "Test root" }))
    })

    const write = async (name: string, text: string) => {
        const file = path.join(folder, name)
        await writeFile(file, text)
        return file
    }

    it("is the file itself, also where its image is not there any more", async () => {
        const file = await write("moved.json", `\n${JSON.stringify(manifest, null, 4)}`)
        assert.deepEqual(await readFlashedManifest(file), { manifest, unverified: undefined })
    })

    it("is beside a file that is an image, and belongs to that image", async () => {
        const image = await write("gym-0x1000.bin", "the image")
        await assert.rejects(readFlashedManifest(image), {
            code: "MANIFEST_MISSING",
            message: /there is no .*gym\.json/,
        })
        const own = { ...manifest, file: "gym-0x1000.bin", sha256: sha256Of(Buffer.from("the image")) }
        const file = await write("gym.json", JSON.stringify(own))
        assert.deepEqual((await readFlashedManifest(image)).manifest, own)
        await write("gym-0x1000.bin", "another image")
        for (const each of [image, file]) await assert.rejects(readFlashedManifest(each), { code: "MANIFEST_STALE" })
    })

    it("is refused if its bundle was changed, is damaged, or is not that of its anchors", async () => {
        const bytes = Buffer.from(manifest.bundle, "base64")
        const withBundle = (bundle: Buffer): Partial<Manifest> => ({
            bundle: bundle.toString("base64"),
            parts: { ...manifest.parts, bundle: { ...manifest.parts.bundle, sha256: sha256Of(bundle) } },
        })
        const [anchor] = manifest.anchors
        const bad: [fields: Partial<Manifest>, problem: RegExp][] = [
            [{ bundle: Buffer.concat([bytes, Buffer.of(1)]).toString("base64") }, /its bundle was changed/],
            [withBundle(bytes.subarray(0, -5)), /its bundle is damaged: the bundle ends within entry 1/],
            [{ anchors: [{ ...anchor!, spkiSha256: "00".repeat(32) }] }, /has no key of the anchor CN=Test root/],
            [{ anchors: [] }, /its bundle has keys that no anchor has/],
        ]
        for (const [fields, message] of bad) {
            const file = await write("bad.json", JSON.stringify({ ...manifest, ...fields }))
            await assert.rejects(readFlashedManifest(file), { code: "MANIFEST_CORRUPT", message })
        }
    })
})
