import assert from "node:assert/strict"
import { generateKeyPairSync } from "node:crypto"
import { encodeBundle } from "../../certs/bundle/bundle.ts"
import { deviceAccepts } from "../../certs/device.ts"
import { type Certificate, parseCertificate } from "../../certs/x509/certificate.ts"
import { wrap } from "../../devs/display/svg-text.ts"
import { type DrawnAnchor, drawTrust } from "../../devs/display/trust-svg.ts"
import { inter, interFields, leaf, leafFields, root, rootFields } from "../support/device-verdict.ts"
import { dn, ec, mint, schemes, tlv } from "../support/mint.ts"

const now = new Date("2026-06-15T00:00:00Z")
const anchor = (der: Buffer, role?: DrawnAnchor["role"]): DrawnAnchor => {
    const certificate = parseCertificate(der)
    return { ...certificate, certificate, ...(role && { role }) }
}

function draw(chain: Buffer[], anchors: DrawnAnchor[], serverName = "leaf.test", at = now): string {
    const verdict = deviceAccepts(chain, encodeBundle(anchors), serverName)
    return drawTrust({ serverName, presented: chain.map(parseCertificate), anchors, verdict, now: at })
}

/** The texts of the picture, in document order. */
const wordsOf = (svg: string) =>
    [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(match => match[1]!).filter(Boolean)

/** Requires well-formed XML: every element closed by its own name, every attribute quoted, every & an entity. */
function assertWellFormed(svg: string): void {
    const open: string[] = []
    const rest = svg
        .replace(/<style>[^<]*<\/style>/, "")
        .replace(/<(\/?)([a-z]+)((?: [a-zA-Z:-]+="[^"<>]*")*)(\/?)>/g, (_, end, name, _attributes, empty) => {
            if (end) assert.equal(open.pop(), name)
            else if (!empty) open.push(name)
            return ""
        })
    assert.deepEqual(open, [])
    assert.doesNotMatch(rest, /[<>]|&(?!(amp|lt|gt|quot|apos);)/)
}

describe("display/trust-svg", () => {
    it("shows the path from its top down, and first the anchor that signed the top", () => {
        const other = mint({ ...rootFields, subject: dn("Spare"), issuer: dn("Spare"), key: ec() })
        const svg = draw([leaf, inter], [anchor(other, "sibling"), anchor(root, "issuer")])
        assertWellFormed(svg)
        assert.deepEqual(wordsOf(svg), [
            ...["leaf.test", "accepted", "The server sends", "The device holds", "issued by"],
            ...["2", "Inter", "top of the path", "ECDSA P-256", "until 2035-01-01"],
            ...["1", "leaf.test", "ECDSA P-256", "until 2035-01-01", "looks up"],
            ...["Root", "signed the top", "ECDSA P-256", "until 2035-01-01"],
            ...["Spare", "spare", "ECDSA P-256", "until 2035-01-01"],
            "The topmost certificate &quot;CN=Inter&quot; that the server sends is signed by &quot;CN=Root&quot;, which the bundle holds",
        ])
    })

    it("shows the name that is missing in the bundle, with a dashed line to it", () => {
        const svg = draw([leaf], [anchor(root)])
        assert.match(svg, /class="pill refused"/)
        assert.match(svg, /class="lookup bad"/)
        const words = wordsOf(svg)
        assert.deepEqual(words.slice(words.indexOf("looks up") + 1).slice(0, 4), [
            "Inter",
            "not in the bundle",
            "Root",
            "spare",
        ])
    })

    it("shows an anchor with a different key", () => {
        const svg = draw([leaf, inter], [anchor(mint({ ...rootFields, key: ec(), signer: ec() }))])
        assert.match(svg, /class="lookup bad"/)
        assert.ok(wordsOf(svg).includes("different key"))
    })

    it("shows no lookup when the chip made none", () => {
        const unread = draw(
            [mint({ ...leafFields, signer: generateKeyPairSync("ed25519"), scheme: schemes.ed25519 })],
            [anchor(root)],
        )
        assert.match(unread, /also sent, but not in/)
        assert.doesNotMatch(unread, /looks up/)
    })

    it("shows certificates outside the path apart, and the backup last", () => {
        const backup = mint({ ...rootFields, subject: dn("Backup"), issuer: dn("Backup"), key: ec() })
        const spare = mint({ ...rootFields, subject: dn("Spare"), issuer: dn("Spare"), key: ec() })
        const words = wordsOf(
            draw(
                [leaf, mint({ ...interFields, subject: dn("Stray") }), inter],
                [anchor(backup, "backup"), anchor(spare), anchor(root)],
            ),
        )
        assert.ok(words.indexOf("also sent, but not in the chip&apos;s path") < words.indexOf("Stray"))
        assert.ok(words.indexOf("Root") < words.indexOf("Spare"))
        assert.ok(words.indexOf("Spare") < words.indexOf("Backup"))
        assert.equal(words[words.indexOf("Backup") + 1], "backup")
    })

    it("marks certificates that have expired or expire soon", () => {
        const ending = (text: string) => mint({ ...leafFields, notAfter: tlv(0x17, Buffer.from(text)) })
        assert.match(
            draw([ending("260614000000Z"), inter], [anchor(root)]),
            /class="over end"[^>]*>expired 2026-06-14</,
        )
        assert.match(draw([ending("260701000000Z"), inter], [anchor(root)]), /class="soon end"[^>]*>until 2026-07-01</)
    })

    it("draws an anchor of which only name and key are known", () => {
        const { subjectDer, spkiDer }: Certificate = parseCertificate(root)
        const words = wordsOf(draw([leaf, inter], [{ subjectDer, spkiDer }]))
        assert.deepEqual(words.slice(words.indexOf("looks up") + 1, -1), ["Root", "signed the top", "ECDSA P-256"])
    })

    it("escapes text from certificates", () => {
        const evil = dn(`</text><script>"&'\u0001`)
        const svg = draw(
            [leaf, mint({ ...interFields, subject: evil })],
            [anchor(mint({ ...rootFields, subject: evil, issuer: evil }))],
            `<b>&"`,
        )
        assertWellFormed(svg)
        assert.doesNotMatch(svg, /<script|<b>/)
        assert.ok(!svg.includes("\u0001"))
    })

    it("counts the anchors that do not fit", () => {
        const many = Array.from({ length: 14 }, (_, at) =>
            anchor(mint({ ...rootFields, subject: dn(`Root ${at}`), issuer: dn(`Root ${at}`) })),
        )
        assert.ok(wordsOf(draw([leaf, inter], [...many, anchor(root)])).includes("and 3 more"))
    })

    it("breaks text at spaces and within long words", () => {
        assert.deepEqual(wrap("one two three", 7), ["one two", "three"])
        assert.deepEqual(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"])
    })
})
