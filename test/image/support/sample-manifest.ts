import type { LocalCa } from "../../../certs/local-ca.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { type Manifest, manifestAnchor } from "../../../devs/image/manifest/manifest.ts"
import { bundleOf } from "../../support/tls-servers.ts"

const SHA256 = "11".repeat(32)
const part = { address: "0x9000", sizeBytes: 8192, sha256: SHA256 }

/** The manifest of no particular image, with all required fields; `fields` replace its own. */
export function sampleManifest(fields: Partial<Manifest> = {}): Manifest {
    return {
        version: 1,
        file: "device-0x1000.bin",
        sha256: SHA256,
        sizeBytes: 2_093_056,
        chip: "esp32",
        startAt: "0x1000",
        board: { id: "m5stack_core", name: "M5Stack" },
        runtime: { file: "devicescript-esp32-esp32_bare-0x1000.bin", sha256: SHA256 },
        firmware: { version: "v0.1.0", sizeBytes: 20_000, sha256: SHA256 },
        parts: { application: part, boardConfig: part, bundle: part, store: part },
        anchors: [
            {
                subject: "CN=Root",
                spkiSha256: "00".repeat(32),
                notAfter: "2035-01-01T00:00:00.000Z",
                role: "issuer",
            },
        ],
        hosts: ["air.test:443"],
        bundle: "AAE=",
        settings: ["API_URL"],
        wifi: true,
        ...fields,
    }
}

/** The manifest of an image that trusts this CA, with the bundle that such an image has. */
export function flashedManifest(authority: LocalCa): Manifest {
    const bundle = bundleOf(authority)
    const { parts, ...manifest } = sampleManifest()
    return {
        ...manifest,
        anchors: parsePem(authority.rootPem).map(certificate =>
            manifestAnchor({ certificate, role: "issuer", source: "ca-file", reason: "" }),
        ),
        bundle: bundle.toString("base64"),
        parts: { ...parts, bundle: { ...parts.bundle, sizeBytes: bundle.length, sha256: sha256Of(bundle) } },
    }
}
