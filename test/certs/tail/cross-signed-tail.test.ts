import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { checkChain } from "../../../certs/check.ts"
import { type AnchorOptions, chooseAnchors, chooseAnchorsForPath } from "../../../certs/choose-anchors.ts"
import { downloadIssuer } from "../../../certs/download-root.ts"
import type { AirpinError } from "../../../certs/error.ts"
import { missingSiblingRoots } from "../../../certs/sibling-roots.ts"
import { wantedIssuer } from "../../../certs/tail/wanted-issuer.ts"
import { type Certificate, parseCertificate, parsePem, toPem } from "../../../certs/x509/certificate.ts"
import { inter, leaf, leafFields, root, rootFields, strangeKey } from "../../support/device-verdict.ts"
import { ca, dn, ec, extension, type Minted, mint, oid, seq, tlv } from "../../support/mint.ts"

const fixture = (name: string): [Certificate, ...Certificate[]] =>
    parsePem(readFileSync(new URL(`../../fixtures/certs/field/${name}.pem`, import.meta.url), "utf8"))
const NOW = new Date("2026-12-01T00:00:00Z")

const fieldChain = fixture("field-cross-tail")
const [fieldRoot] = fixture("field-root")
const [oldRoot] = fixture("field-old-root")
const gts = ["gts-we1", "gts-root-r4-by-globalsign"].map(name => fixture(name)[0])

const field = (roots: Certificate[], more: Partial<AnchorOptions> = {}) =>
    chooseAnchors(fieldChain, { roots, serverName: "air.example.org", now: NOW, nodeRoots: [], ...more })

function errorOf(work: () => unknown): AirpinError {
    try {
        work()
    } catch (error) {
        return error as AirpinError
    }
    throw new Error("no error")
}

describe("a tail under a root that no trust store has", () => {
    it("is named: who trusts the path, what leads the chip on, to whom, and where that root is", () => {
        const { code, message, nextStep } = errorOf(() => field([fieldRoot]))
        assert.equal(code, "TAIL_ISSUER_UNKNOWN")
        assert.match(
            message,
            /^the path is trusted by "CN=Field Root, O=Field", given with --ca, but the server's last certificate/,
        )
        assert.match(
            message,
            /"CN=Field Root, O=Field" as signed by "CN=Old Root, O=Field" until 2035-02-14, leads the chip/,
        )
        assert.match(nextStep, /^add --fetch, which downloads it from http:\/\/pki\.example\.org\/old-root\.crt/)
        assert.match(nextStep, /give its certificate with --ca FILE; or have the server's owner leave "CN=Field Root/)
    })

    it("is pinned with that root when it is given, with the reason", () => {
        const [issuer, presented] = field([fieldRoot, oldRoot])
        assert.deepEqual(
            [issuer?.certificate.subject, presented?.certificate.subject],
            ["CN=Old Root, O=Field", "CN=Field Root, O=Field"],
        )
        assert.match(
            issuer?.reason ?? "",
            /^the path is trusted by "CN=Field Root, O=Field", given with --ca, but .* leads the chip on to this one$/,
        )
        assert.equal(presented?.certificate.notAfter.toISOString().slice(0, 10), "2036-11-25")
    })

    it("is no tail when the older root alone is trusted, or none", () => {
        assert.match(field([oldRoot])[0]?.reason ?? "", /^issuer of the topmost certificate/)
        const { code, nextStep } = errorOf(() => field([]))
        assert.equal(code, "CHAIN_UNTRUSTED")
        assert.match(nextStep, /its own address for it: http:\/\/pki\.example\.org\/old-root\.crt/)
    })

    it("of Google's chain: R4 is in Node's list, GlobalSign's old root is known by its key", () => {
        const error = errorOf(() => chooseAnchorsForPath(gts, { roots: [], now: NOW }))
        assert.equal(error.code, "TAIL_ISSUER_UNKNOWN")
        assert.match(
            error.message,
            /trusted by "CN=GTS Root R4, O=Google Trust Services LLC, C=US", in Node's list of roots/,
        )
        assert.match(
            error.message,
            /"CN=GlobalSign Root CA, .*, which trust stores dropped about 2025-04-15 and which ends on 2028-01-28/,
        )
        const wanted = wantedIssuer(gts, { roots: [], now: NOW })
        assert.deepEqual(wanted?.addresses, [
            "https://secure.globalsign.com/cacert/root-r1.crt",
            "http://i.pki.goog/gsr1.crt",
        ])
    })

    it("of Google's chain is trusted by the table of operators where Node's list has no R4", () => {
        const error = errorOf(() => chooseAnchorsForPath(gts, { roots: [], now: NOW, nodeRoots: [] }))
        assert.match(error.message, /trusted by "CN=GTS Root R4, .*", in the table of operators/)
    })

    it("brings no siblings of the operator of a dropped root", () => {
        const [certificate] = fixture("gts-root-r4")
        const anchor = { certificate, source: "node", role: "issuer", reason: "" } as const
        const dropped = { subject: "CN=Dropped", spkiSha256: certificate.spkiSha256, url: "", notAfter: "2036-06-22" }
        const other = { ...dropped, subject: "CN=Other", spkiSha256: "0" }
        const table = (date?: string) => [
            { name: "X", roots: [{ ...dropped, subject: certificate.subject, ...(date && { dropped: date }) }, other] },
        ]
        assert.equal(missingSiblingRoots([anchor], NOW, table()).length, 1)
        assert.deepEqual(missingSiblingRoots([anchor], NOW, table("2025-04-15")), [])
    })

    it("is named in pin --check, when the anchors trust the path but not the tail", () => {
        const { state, reason } = checkChain(fieldChain, {
            anchors: [fieldRoot],
            serverName: "air.example.org",
            now: NOW,
        })
        assert.equal(state, "refused")
        assert.match(
            reason,
            /; the path is trusted by the anchor "CN=Field Root, O=Field", but the server's last certificate/,
        )
    })
})

const utc = (text: string) => tlv(0x17, Buffer.from(text))
const OLD = dn("Old")
const oldKey = ec()
const oldFields: Minted = { subject: OLD, issuer: OLD, key: oldKey, signer: oldKey, extensions: [ca()] }
const old = parseCertificate(mint(oldFields))

/** AuthorityInfoAccess with the issuer's addresses. */
const caIssuers = (...addresses: string[]) =>
    extension(
        "1.3.6.1.5.5.7.1.1",
        seq(...addresses.map(text => seq(oid("1.3.6.1.5.5.7.48.2"), tlv(0x86, Buffer.from(text))))),
    )
const crossFields: Minted = { ...rootFields, issuer: OLD, signer: oldKey }
const crossAt = (...addresses: string[]) => mint({ ...crossFields, extensions: [ca(), caIssuers(...addresses)] })
const read = (...ders: Buffer[]) => ders.map(parseCertificate)
const minted = (chain: Buffer[], roots: Certificate[]) =>
    chooseAnchors(read(...chain), { roots, serverName: "leaf.test", now: NOW, nodeRoots: [] })

describe("a tail that has ended", () => {
    const ended = mint({ ...crossFields, notAfter: utc("261130000000Z") })

    it("is to be left out by the server's owner, whether its issuer is known or not", () => {
        for (const roots of [read(root), [...read(root), old]]) {
            const { code, message, nextStep } = errorOf(() => minted([leaf, inter, ended], roots))
            assert.equal(code, "CHAIN_EXPIRED")
            assert.match(
                message,
                /^the server sends "CN=Root" as signed by "CN=Old", which expired on 2026-11-30; the path is trusted without it, by "CN=Root", given with --ca$/,
            )
            assert.match(
                nextStep,
                /^have the server's owner leave "CN=Root" as signed by "CN=Old" out of the chain, and pin again$/,
            )
        }
    })

    it("is to be left out when the older root has ended", () => {
        const endedOld = parseCertificate(mint({ ...oldFields, notAfter: utc("261130000000Z") }))
        const { code, message } = errorOf(() => minted([leaf, inter, mint(crossFields)], [...read(root), endedOld]))
        assert.equal(code, "CHAIN_EXPIRED")
        assert.match(
            message,
            /leads the chip on to "CN=Old", which expired on 2026-11-30; the path is trusted without it/,
        )
    })

    it("is not blamed for a leaf that has ended", () => {
        const late = mint({ ...leafFields, notAfter: utc("261130000000Z") })
        const { message } = errorOf(() => minted([late, inter, mint(crossFields)], [...read(root), old]))
        assert.match(message, /^"CN=leaf\.test" expired/)
    })
})

describe("the issuer of a tail", () => {
    const options = { roots: read(root), now: NOW, nodeRoots: [], operators: [] }
    const wanted = (...chain: Buffer[]) => wantedIssuer(read(...chain), options)

    it("is wanted from the HTTP addresses of the topmost certificate", () => {
        const cross = crossAt("ldap://ca.test/old", "http://ca.test/old.crt", "https://ca.test/o\u0001ld")
        assert.deepEqual(wanted(leaf, inter, cross)?.addresses, ["http://ca.test/old.crt", "https://ca.test/o%01ld"])
    })

    it("is not wanted when it is known, when no address is, when nobody trusts the path, or when a signature is wrong", () => {
        const cross = crossAt("http://ca.test/old.crt")
        assert.equal(
            wantedIssuer(read(leaf, inter, cross), { ...options, fetched: [{ certificate: old, source: "download" }] }),
            undefined,
        )
        assert.equal(wanted(leaf, inter, mint(crossFields)), undefined)
        assert.equal(wantedIssuer(read(leaf, inter, cross), { ...options, roots: [] }), undefined)
        assert.equal(wanted(mint({ ...leafFields, signer: strangeKey }), inter, cross), undefined)
    })

    it("is wanted by its key where the table of operators has its name, tail or not", () => {
        const table = [
            {
                name: "X",
                roots: [
                    {
                        subject: "CN=Root",
                        spkiSha256: parseCertificate(root).spkiSha256,
                        url: "https://ca.test/root",
                        notAfter: "2035-01-01",
                    },
                ],
            },
        ]
        const found = wantedIssuer(read(leaf, inter), { ...options, roots: [], operators: table })
        assert.deepEqual([found?.addresses, found?.root?.subject], [["https://ca.test/root"], "CN=Root"])
    })

    describe("is downloaded", () => {
        const request = wanted(leaf, inter, crossAt("http://ca.test/old.crt", "http://mirror.test/old.crt"))!
        const serving = (bodies: Record<string, string | Uint8Array>) => ({
            fetch: async (url: string) => {
                const body = bodies[new URL(url).host]
                return body === undefined ? new Response("", { status: 404 }) : new Response(body)
            },
        })

        it("as DER or PEM, from the first address that has it", async () => {
            for (const body of [old.der, toPem(old)]) {
                const found = await downloadIssuer(request, serving({ "mirror.test": body }))
                assert.deepEqual([found.certificate.der, found.source], [old.der, "issuer-address"])
            }
        })

        it("and refused when its key did not sign the tail, or the table has another key", async () => {
            const impostor = mint({ ...oldFields, key: strangeKey, signer: strangeKey })
            await assert.rejects(downloadIssuer(request, serving({ "ca.test": impostor, "mirror.test": impostor })), {
                code: "DOWNLOAD_NOT_THE_ISSUER",
            })
            const entry = { subject: "CN=Old", spkiSha256: "0".repeat(64), url: "", notAfter: "2030-01-01" }
            await assert.rejects(downloadIssuer({ ...request, root: entry }, serving({ "ca.test": old.der })), {
                code: "DOWNLOAD_FAILED",
            })
        })
    })
})
