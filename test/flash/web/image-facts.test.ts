import assert from "node:assert/strict"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { imageFacts } from "../../../devs/flash/web/image-facts.ts"
import { createManifest } from "../../../devs/image/manifest/manifest.ts"
import { flashFile } from "../../support/flash-file.ts"
import { temporaryCa } from "../../support/tls-servers.ts"
import { failsWith } from "../support/flashing.ts"

describe("the facts that the page shows about an image", () => {
    it("are part of its manifest, without names of settings", async () => {
        const authority = await temporaryCa({ rootName: "Test root" })
        const anchors = parsePem(authority.rootPem).map(certificate => ({
            certificate,
            role: "issuer" as const,
            source: "ca-file" as const,
            reason: "",
        }))
        const bytes = await flashFile(authority, { API_URL: "https://air.example.org", API_TOKEN: "battery staple" })
        const pins = { anchors, hosts: ["air.example.org:443"] }
        const manifest = createManifest(bytes, {
            file: "a-0x1000.bin",
            board: { id: "a", name: "A board" },
            runtime: { file: "r", sha256: "" },
            pins,
        })
        assert.deepEqual(imageFacts(manifest, manifest.sha256), {
            board: "A board",
            firmware: manifest.firmware.version,
            hosts: ["air.example.org:443"],
            anchors: [{ subject: "CN=Test root", notAfter: anchors[0]!.certificate.notAfter.toISOString() }],
        })
        assert.throws(() => imageFacts(manifest, "00".repeat(32)), failsWith("MANIFEST_STALE"))
    })
})
