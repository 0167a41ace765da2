import assert from "node:assert/strict"
import { parseManifest } from "../../devs/image/manifest.ts"

const anchor = { subject: "CN=Root", spkiSha256: "00".repeat(32), notAfter: "2035-01-01T00:00:00.000Z", role: "issuer" }
const manifest = {
    version: 1,
    file: "device-0x1000.bin",
    sha256: "11".repeat(32),
    board: { id: "m5stack_core", name: "M5Stack" },
    firmware: { version: "v0.1.0" },
    hosts: ["air.test:443"],
    anchors: [anchor],
    bundle: "AAE=",
}

describe("the manifest of an image", () => {
    it("is taken as it stands", () => {
        assert.deepEqual(parseManifest(JSON.stringify(manifest), "device.json"), manifest)
    })

    const bad: Record<string, string> = {
        "is no JSON": '{"version": 1',
        "is no object": "[]",
        "is of a later version": JSON.stringify({ ...manifest, version: 2 }),
        "has no bundle": JSON.stringify({ ...manifest, bundle: undefined }),
        "has a board without a name": JSON.stringify({ ...manifest, board: {} }),
        "has no firmware": JSON.stringify({ ...manifest, firmware: null }),
        "has hosts that are no list": JSON.stringify({ ...manifest, hosts: "air.test:443" }),
        "has a host that is no text": JSON.stringify({ ...manifest, hosts: [443] }),
        "has an anchor without a date": JSON.stringify({ ...manifest, anchors: [{ ...anchor, notAfter: undefined }] }),
    }
    for (const [what, text] of Object.entries(bad))
        it(`is refused when it ${what}`, () => {
            assert.throws(() => parseManifest(text, "build/device.json"), {
                code: "MANIFEST_CORRUPT",
                message: "build/device.json is no manifest of an image",
            })
        })
})
