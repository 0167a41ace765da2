import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { deviceAccepts } from "../../certs/device.ts"
import {
    INTER,
    inter,
    interKey,
    LEAF,
    leaf,
    leafKey,
    ROOT,
    root,
    rootFields,
    rootKey,
    verdictOf,
} from "../support/device-verdict.ts"
import { dn, ec, mint, packBundle, spkiOf } from "../support/mint.ts"

interface Handshakes {
    bundles: Record<string, string>
    vectors: Vector[]
}
interface Vector {
    shape: string
    servername: string
    chain: string[]
    cases: Record<string, Case>
}
interface Case {
    bundle: string
    ok: boolean
    error: string | null
    flags: string
}

const OWN_FILE = new URL("../fixtures/certs/device-tls.json", import.meta.url)
/** another recording of the same form may replace it */
const recording = readHandshakes(process.env["AIRPIN_TLS_VECTORS"] || OWN_FILE)

function readHandshakes(file: string | URL): Handshakes {
    return JSON.parse(readFileSync(file, "utf8")) as Handshakes
}

function verdictOn({ bundles }: Handshakes, { chain, servername }: Vector, { bundle }: Case) {
    const bytes = Buffer.from(bundles[bundle]!, "base64")
    return deviceAccepts(
        chain.map(der => Buffer.from(der, "base64")),
        bytes,
        servername,
    )
}

describe("certs/device against recorded handshakes of the chip's code", () => {
    for (const vector of recording.vectors) {
        for (const [name, recorded] of Object.entries(vector.cases)) {
            const verdict = recorded.ok ? "accepts" : `returns ${recorded.error}`
            it(`${verdict}: server ${vector.shape} as ${vector.servername}, bundle ${name}`, () => {
                const { accepted, error, reason } = verdictOn(recording, vector, recorded)
                assert.equal(accepted, recorded.ok, reason)
                assert.equal(error, recorded.error ?? undefined, reason)
            })
        }
    }

    it("ends with the recorded verification flags", () => {
        const own = readHandshakes(OWN_FILE)
        for (const vector of own.vectors) {
            for (const recorded of Object.values(vector.cases)) {
                assert.equal(verdictOn(own, vector, recorded).flags, Number(recorded.flags), vector.shape)
            }
        }
    })
})

describe("certs/device explains a refusal", () => {
    it("when what showcerts printed was pinned", () => {
        const verdict = verdictOf([leaf, inter], {
            bundle: packBundle([INTER, spkiOf(interKey)], [LEAF, spkiOf(leafKey)]),
        })
        assert.deepEqual(verdict, {
            accepted: false,
            error: "-0x3000",
            flags: 0xffffffff,
            reason:
                'refused: the chip looks up the issuer "CN=Root" of the topmost certificate "CN=Inter" ' +
                "that the server sends; the bundle has no such name",
            path: ["CN=leaf.test", "CN=Inter"],
            top: "CN=Inter",
            lookedUpFor: "CN=Inter",
            lookedUp: "CN=Root",
            found: false,
        })
    })

    it("when the leaf was pinned", () => {
        const { error, lookedUp, found } = verdictOf([leaf, inter], { bundle: packBundle([LEAF, spkiOf(leafKey)]) })
        assert.deepEqual({ error, lookedUp, found }, { error: "-0x3000", lookedUp: "CN=Root", found: false })
    })

    it("when the intermediate was pinned and the server sends it", () => {
        const bundle = packBundle([INTER, spkiOf(interKey)])
        assert.equal(verdictOf([leaf, inter], { bundle }).lookedUp, "CN=Root")
        assert.equal(verdictOf([leaf], { bundle }).accepted, true)
    })

    it("when only the new root of a cross-signed chain was pinned", () => {
        const oldKey = ec()
        const crossed = mint({ ...rootFields, issuer: dn("Old Root"), signer: oldKey })
        const { accepted, top, lookedUp, reason } = verdictOf([leaf, inter, crossed])
        assert.deepEqual({ accepted, top, lookedUp }, { accepted: false, top: "CN=Root", lookedUp: "CN=Old Root" })
        assert.match(reason, /the issuer "CN=Old Root" of the topmost certificate "CN=Root"/)
        const bundle = packBundle([dn("Old Root"), spkiOf(oldKey)])
        assert.equal(verdictOf([leaf, inter, crossed], { bundle }).accepted, true)
    })

    it("when the bundle has the name with another key", () => {
        const { found, signatureValid, reason } = verdictOf([leaf, inter], { bundle: packBundle([ROOT, spkiOf(ec())]) })
        assert.deepEqual({ found, signatureValid }, { found: true, signatureValid: false })
        assert.equal(
            reason,
            'refused: the bundle has "CN=Root", but its key did not sign ' +
                'the topmost certificate "CN=Inter" that the server sends',
        )
    })

    it("when the right key is in an entry that the chip does not try", () => {
        const { reason } = verdictOf([leaf, inter], {
            bundle: packBundle([ROOT, spkiOf(ec())], [ROOT, spkiOf(rootKey)]),
        })
        assert.match(reason, /another entry has the right key, but the chip tries only one$/)
    })

    it("when the bundle is not sorted", () => {
        const after = dn("Root", { more: ["O=A name that sorts behind"] })
        const bundle = packBundle([after, spkiOf(ec())], [ROOT, spkiOf(rootKey)])
        assert.match(verdictOf([leaf, inter], { bundle }).reason, /the bundle has it, but is not sorted/)
    })

    it("when the bundle has the name only in another encoding", () => {
        const bundle = packBundle([dn("Root", { tag: 0x13 }), spkiOf(rootKey)])
        const { reason } = verdictOf([leaf, inter], { bundle })
        assert.match(reason, /only in another encoding, and the chip compares byte for byte$/)
    })

    it("when the bundle is not loaded", () => {
        assert.equal(
            verdictOf([leaf, inter], { bundle: Buffer.alloc(2) }).reason,
            "refused: the chip could not load the bundle (2 bytes are too few for a bundle), so it trusts no server",
        )
    })

    it("when the certificate is for another host", () => {
        const { reason } = verdictOf([leaf, inter], { name: "other.test" })
        assert.equal(reason, 'refused: the certificate "CN=leaf.test" is valid for leaf.test, not for other.test')
    })
})

describe("certs/device reports the path", () => {
    it("with the anchor that verified an accepted server", () => {
        assert.deepEqual(verdictOf([leaf, inter, root]), {
            accepted: true,
            flags: 0,
            reason:
                'accepted: the topmost certificate "CN=Root" that the server sends is signed by "CN=Root", ' +
                "which the bundle holds",
            path: ["CN=leaf.test", "CN=Inter", "CN=Root"],
            top: "CN=Root",
            lookedUpFor: "CN=Root",
            lookedUp: "CN=Root",
            found: true,
            signatureValid: true,
        })
    })

    it("without changing its input", () => {
        const [chain, bundle] = [[Buffer.from(leaf), Buffer.from(inter)], packBundle([ROOT, spkiOf(rootKey)])]
        deviceAccepts(chain, bundle, "leaf.test")
        assert.deepEqual(chain, [leaf, inter])
        assert.deepEqual(bundle, packBundle([ROOT, spkiOf(rootKey)]))
    })
})
