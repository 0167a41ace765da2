import assert from "node:assert/strict"
import { parseManifest } from "../../../devs/image/manifest/manifest-parser.ts"
import { sampleManifest } from "../support/sample-manifest.ts"

const manifest = sampleManifest()

describe("the manifest of an image", () => {
    it("is read with all its fields, also the optional ones", () => {
        const full = {
            ...manifest,
            runtime: { ...manifest.runtime, version: "v2.16.4", idfVersion: "v5.0.5" },
            anchors: anchors.map(anchor => ({ ...anchor, trustEnds: "2034-01-01" })),
            revision: "817b53b-dirty",
            deviceTokenSha256: "ab".repeat(32),
        }
        for (const each of [manifest, full]) assert.deepEqual(parseManifest(JSON.stringify(each), "device.json"), each)
    })

    it("loses fields that a manifest does not have", () => {
        assert.deepEqual(parseManifest(JSON.stringify({ ...manifest, note: "mine" }), "device.json"), manifest)
    })

    const { anchors, parts } = manifest
    const bad: Record<string, [text: string, problem: string | RegExp]> = {
        "is not JSON": ['{"version": 1', /JSON/],
        "is not an object": ["[]", "the file is not an object"],
        "has a later version": [JSON.stringify({ ...manifest, version: 2 }), "version is not 1"],
        "has a board without a name": [JSON.stringify({ ...manifest, board: { id: "a" } }), "board.name is missing"],
        "has null as its firmware": [JSON.stringify({ ...manifest, firmware: null }), "firmware is not an object"],
        "has a part without an address": [
            JSON.stringify({ ...manifest, parts: { ...parts, store: { ...parts.store, address: undefined } } }),
            "parts.store.address is missing",
        ],
        "has a negative size": [JSON.stringify({ ...manifest, sizeBytes: -1 }), "sizeBytes is not an integer from 0"],
        "has a shortened SHA-256": [
            JSON.stringify({ ...manifest, sha256: "11" }),
            "sha256 is not a SHA-256 of 64 lower-case hexadecimal digits",
        ],
        "has a string for its hosts": [JSON.stringify({ ...manifest, hosts: "air.test:443" }), "hosts is not a list"],
        "has a number among its hosts": [JSON.stringify({ ...manifest, hosts: [443] }), "hosts[0] is not a string"],
        "has an anchor without a date": [
            JSON.stringify({ ...manifest, anchors: [...anchors, { ...anchors[0], notAfter: undefined }] }),
            "anchors[1].notAfter is missing",
        ],
        "says 1 for true": [JSON.stringify({ ...manifest, wifi: 1 }), "wifi is not true or false"],
        "has its fields in __proto__": [`{"__proto__": ${JSON.stringify(manifest)}}`, "version is missing"],
    }
    for (const name of Object.keys(manifest))
        bad[`has no ${name}`] = [JSON.stringify({ ...manifest, [name]: undefined }), RegExp(`^${name}[.\\w]* is `)]
    for (const [what, [text, problem]] of Object.entries(bad))
        it(`is refused when it ${what}`, () => {
            assert.throws(
                () => parseManifest(text, "build/device.json"),
                (error: Error & { code: string }) => {
                    assert.equal(error.code, "MANIFEST_CORRUPT")
                    const [, found] = /^build\/device\.json is not the manifest of an image: (.*)$/.exec(error.message)!
                    if (problem instanceof RegExp) assert.match(found!, problem)
                    else assert.equal(found, problem)
                    return true
                },
            )
        })
})
