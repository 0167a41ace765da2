import assert from "node:assert/strict"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeBundle } from "../../certs/bundle/bundle.ts"
import {
    type Anchor,
    type AnchorOptions,
    chooseAnchors,
    chooseAnchorsForPath,
    mergeAnchors,
} from "../../certs/choose-anchors.ts"
import { deviceAccepts } from "../../certs/device.ts"
import { AirpinError } from "../../certs/error.ts"
import { openOrCreateLocalCa } from "../../certs/local-ca.ts"
import { type Certificate, parseCertificate, parsePem } from "../../certs/x509/certificate.ts"
import * as minting from "../support/mint.ts"
import {
    altNames,
    CLIENT_AUTH,
    dn,
    dns,
    ec,
    extendedKeyUsage,
    ip,
    type KeyPair,
    mint,
    PRINTABLE,
    schemes,
    tlv,
} from "../support/mint.ts"

const NOW = new Date("2026-06-01T00:00:00Z")
const NAME = "air.test"

/** A name with a key, as for a signer or an anchor. */
interface Party {
    name: Buffer
    key: KeyPair
}

const party = (commonName: string, more: { tag?: number } = {}): Party => ({ name: dn(commonName, more), key: ec() })

/** A certificate of `subject`, signed by `by`. */
function certify(subject: Party, by: Party, more: Partial<minting.Minted> = {}): Certificate {
    const fields = { subject: subject.name, key: subject.key, issuer: by.name, signer: by.key }
    return parseCertificate(mint({ ...fields, extensions: [minting.ca()], ...more }))
}

const leafOf = (by: Party, more: Partial<minting.Minted> = {}, subject = party("leaf")) =>
    certify(subject, by, { extensions: [altNames(dns(NAME), dns("*.wild.test"), ip(192, 0, 2, 7))], ...more })

const [oldRoot, newRoot, newest, intermediate] = ["Old root", "New root", "Newest root", "Intermediate"].map(name =>
    party(name),
) as [Party, Party, Party, Party]
const oldRootFile = certify(oldRoot, oldRoot)
const newRootFile = certify(newRoot, newRoot)
const leaf = leafOf(intermediate)
const byNew = certify(intermediate, newRoot)
const newByOld = certify(newRoot, oldRoot)

function choose(presented: Certificate[], options: Partial<AnchorOptions> = {}): Anchor[] {
    return chooseAnchors(presented, { serverName: NAME, roots: [newRootFile], now: NOW, nodeRoots: [], ...options })
}

function refusal(presented: Certificate[], options: Partial<AnchorOptions> = {}): AirpinError {
    try {
        choose(presented, options)
    } catch (error) {
        if (error instanceof AirpinError) return error
        throw error
    }
    throw new Error("accepted")
}

const code = (...args: Parameters<typeof refusal>) => refusal(...args).code

const sourcesOf = (anchors: Anchor[]) => anchors.map(({ certificate, source }) => [certificate.subject, source])

describe("choosing anchors", () => {
    it("takes the issuer of the topmost certificate from a --ca file, and says why", () => {
        const [anchor, ...more] = choose([leaf, byNew])
        assert.equal(anchor!.certificate, newRootFile)
        assert.equal(anchor!.source, "ca-file")
        assert.equal(anchor!.role, "issuer")
        assert.equal(anchor!.reason, 'issuer of the topmost certificate the server sends ("CN=Intermediate")')
        assert.deepEqual(more, [])
    })

    it("takes it from the public roots when no --ca file has it", () => {
        assert.deepEqual(sourcesOf(choose([leaf, byNew], { roots: [oldRootFile], nodeRoots: [newRootFile] })), [
            ["CN=New root", "node"],
        ])
    })

    it("prefers the --ca file to the public roots", () => {
        assert.deepEqual(sourcesOf(choose([leaf, byNew], { nodeRoots: [newRootFile] })), [["CN=New root", "ca-file"]])
    })

    it("adds the root that a cross-signed tail carries, and so outlives the tail", () => {
        const anchors = choose([leaf, byNew, newByOld], { roots: [oldRootFile] })
        assert.deepEqual(sourcesOf(anchors), [
            ["CN=Old root", "ca-file"],
            ["CN=New root", "presented"],
        ])
        assert.equal(anchors[1]!.role, "presented")
        assert.equal(anchors[1]!.reason, "CA of the presented path above the issuing intermediate")
        const bundle = encodeBundle(anchors.map(({ certificate }) => certificate))
        assert.ok(deviceAccepts([leaf.der, byNew.der], bundle, NAME).accepted)
    })

    it("adds every CA of a tail of two", () => {
        const chain = [leaf, certify(intermediate, newest), certify(newest, newRoot), newByOld]
        const names = choose(chain, { roots: [oldRootFile] }).map(({ certificate }) => certificate.subject)
        assert.deepEqual(names, ["CN=Old root", "CN=Newest root", "CN=New root"])
    })

    it("pins a root only once when the server also sends it", () => {
        assert.deepEqual(sourcesOf(choose([leaf, byNew, newRootFile])), [["CN=New root", "ca-file"]])
    })

    it("pins the root of a leaf that has no intermediate", () => {
        assert.deepEqual(sourcesOf(choose([leafOf(newRoot)])), [["CN=New root", "ca-file"]])
    })

    it("ignores certificates that do not belong to the path", () => {
        assert.deepEqual(sourcesOf(choose([leaf, certify(newest, newRoot), byNew, oldRootFile])), [
            ["CN=New root", "ca-file"],
        ])
    })

    it("returns what the chip needs: without the first anchor it refuses", () => {
        const chains = [[leaf, byNew], [leaf, byNew, newRootFile], [leaf, byNew, newByOld], [leafOf(newRoot)]]
        for (const chain of chains) {
            const rest = choose(chain, { roots: [newRootFile, oldRootFile] }).slice(1)
            const bundle = encodeBundle([...rest.map(({ certificate }) => certificate), certify(newest, newest)])
            assert.equal(
                deviceAccepts(
                    chain.map(({ der }) => der),
                    bundle,
                    NAME,
                ).accepted,
                false,
            )
        }
    })

    it("takes a valid certificate of the root before an expired one of the same key", () => {
        const expired = certify(newRoot, newRoot, { notAfter: tlv(0x17, Buffer.from("260101000000Z")) })
        assert.equal(choose([leaf, byNew], { roots: [expired, newRootFile] })[0]!.certificate, newRootFile)
    })

    it("accepts names with a wildcard, and addresses", () => {
        for (const serverName of ["a.wild.test", "192.0.2.7"])
            assert.equal(choose([leaf, byNew], { serverName }).length, 1)
    })
})

describe("choosing anchors with more than the chain", () => {
    it("takes the issuer from the folder of --anchors, and from what is pinned already", () => {
        assert.deepEqual(sourcesOf(choose([leaf, byNew], { roots: [], anchorsFolder: [oldRootFile, newRootFile] })), [
            ["CN=New root", "anchors-folder"],
        ])
        const locked = [{ certificate: newByOld, source: "presented" as const }]
        assert.deepEqual(sourcesOf(choose([leaf, byNew], { roots: [], locked })), [["CN=New root", "presented"]])
    })

    it("prefers a root's own certificate to a cross-sign, which ends sooner", () => {
        assert.equal(choose([leaf, byNew], { roots: [newByOld, newRootFile] })[0]!.certificate, newRootFile)
        const [, presented] = choose([leaf, byNew, newByOld], { roots: [oldRootFile, newRootFile] })
        assert.deepEqual(
            [presented!.certificate, presented!.role, presented!.source],
            [newRootFile, "presented", "ca-file"],
        )
    })

    it("uses a cross-sign for a root that is found nowhere else", () => {
        assert.equal(choose([leaf, byNew], { roots: [newByOld] })[0]!.certificate, newByOld)
    })

    it("pins the issuing intermediate only with allowIntermediate", () => {
        const [issuer, issuing] = choose([leaf, byNew], { allowIntermediate: true })
        assert.deepEqual([issuer!.role, issuing!.role, issuing!.certificate], ["issuer", "intermediate", byNew])
        const [only, ...more] = choose([leaf], { roots: [byNew], allowIntermediate: true })
        assert.deepEqual([only!.role, only!.certificate, more], ["intermediate", byNew, []])
        assert.equal(code([leaf], { roots: [leaf], allowIntermediate: true }), "CHAIN_UNTRUSTED")
    })

    it("does the same for a path without its leaf, except for the host name", () => {
        const options = { roots: [oldRootFile], now: NOW, nodeRoots: [] }
        assert.deepEqual(sourcesOf(chooseAnchorsForPath([byNew, newByOld], options)), [
            ["CN=Old root", "ca-file"],
            ["CN=New root", "presented"],
        ])
        const refused: [Certificate[], string][] = [
            [[], "CHAIN_EMPTY"],
            [[byNew], "CHAIN_UNTRUSTED"],
            [[byNew, certify(party("New root"), oldRoot)], "SIGNATURE_INVALID"],
            [
                [byNew, certify(newRoot, oldRoot, { notAfter: tlv(0x17, Buffer.from("260101000000Z")) })],
                "CHAIN_EXPIRED",
            ],
        ]
        for (const [cas, error] of refused) assert.throws(() => chooseAnchorsForPath(cas, options), { code: error })
    })

    it("merges the anchors of several servers, each in its strongest role", () => {
        const one = choose([leaf, byNew, newByOld], { roots: [oldRootFile] })
        const other = choose([leaf, byNew], { roots: [newRootFile] })
        assert.deepEqual(
            mergeAnchors([...one, ...other]).map(({ certificate, role }) => [certificate.subject, role]),
            [
                ["CN=Old root", "issuer"],
                ["CN=New root", "issuer"],
            ],
        )
        const conflicting = choose([leafOf(oldRoot)], { roots: [oldRootFile] }).map(anchor => ({
            ...anchor,
            certificate: certify({ ...oldRoot, key: ec() }, newest),
        }))
        assert.throws(() => mergeAnchors([...one, ...conflicting]), { code: "ANCHOR_CONFLICT" })
    })
})

describe("a chain without a trusted root", () => {
    it("is untrusted when its root is in no list, and the error names the missing certificate", () => {
        const error = refusal([leaf, byNew], { roots: [oldRootFile] })
        assert.equal(error.code, "CHAIN_UNTRUSTED")
        assert.match(error.message, /"CN=Intermediate", issued by "CN=New root"/)
        assert.equal(error.nextStep, 'if you trust "CN=New root", give its certificate with --ca FILE')
    })

    it("does not become trusted by sending its root", () => {
        assert.equal(code([leaf, byNew, newRootFile], { roots: [oldRootFile] }), "CHAIN_UNTRUSTED")
    })

    it("does not become trusted by cross-signing a trusted root", () => {
        const other = party("Unknown")
        const chain = [leaf, byNew, certify(newRoot, other), certify(other, other)]
        assert.match(refusal(chain).message, /"CN=Unknown"/)
        assert.equal(code(chain), "CHAIN_UNTRUSTED")
    })

    it("from the throw-away CA is not trusted by Node's roots", async () => {
        const directory = await mkdtemp(join(tmpdir(), "airpin-anchors-"))
        try {
            const localCa = await openOrCreateLocalCa(join(directory, "ca"))
            const presented = parsePem(localCa.server.chainPem)
            const options = { serverName: "localhost", now: new Date() }
            assert.throws(() => chooseAnchors(presented, { ...options, roots: [] }), { code: "CHAIN_UNTRUSTED" })
            assert.equal(chooseAnchors(presented, { ...options, roots: parsePem(localCa.rootPem) }).length, 1)
        } finally {
            await rm(directory, { recursive: true })
        }
    })

    it("from an attacker with the same names has bad signatures", () => {
        const [fakeRoot, fakeIntermediate] = [party("New root"), party("Intermediate")]
        const fake = [leafOf(fakeIntermediate), certify(fakeIntermediate, fakeRoot)]
        assert.equal(code(fake), "SIGNATURE_INVALID")
        assert.equal(code([...fake, certify(fakeRoot, fakeRoot)]), "SIGNATURE_INVALID")
        assert.equal(code([leaf, certify(party("Intermediate"), newRoot)]), "SIGNATURE_INVALID")
    })

    it("with one byte of a signature changed has bad signatures", () => {
        for (const at of [0, 1]) {
            const chain = [leaf, byNew]
            const der = Buffer.from(chain[at]!.der)
            der[der.length - 1]! ^= 1
            chain[at] = parseCertificate(der)
            assert.equal(code(chain), "SIGNATURE_INVALID")
        }
    })
})

describe("an invalid chain", () => {
    const past = tlv(0x17, Buffer.from("260101000000Z"))
    const future = tlv(0x17, Buffer.from("270101000000Z"))

    it("is refused when one of its certificates, or the root, has expired", () => {
        const expired: [Certificate[], Certificate, string][] = [
            [[leafOf(intermediate, { notAfter: past }), byNew], newRootFile, "CN=leaf"],
            [[leaf, certify(intermediate, newRoot, { notAfter: past })], newRootFile, "CN=Intermediate"],
            [[leaf, byNew], certify(newRoot, newRoot, { notAfter: past }), "CN=New root"],
        ]
        for (const [chain, root, subject] of expired) {
            const error = refusal(chain, { roots: [root] })
            assert.equal(error.code, "CHAIN_EXPIRED")
            assert.equal(error.message, `"${subject}" expired on 2026-01-01T00:00:00.000Z`)
        }
    })

    it("is refused when it is not valid yet", () => {
        const error = refusal([leafOf(intermediate, { notBefore: future }), byNew])
        assert.equal(error.code, "CHAIN_NOT_YET_VALID")
        assert.match(error.message, /"CN=leaf" is not valid before 2027-01-01T00:00:00.000Z/)
    })

    it("is refused for another host, and the error lists its names", () => {
        for (const serverName of ["other.test", "wild.test", "a.b.wild.test", "192.0.2.8", "2001:db8::1", "leaf"]) {
            const error = refusal([leaf, byNew], { serverName })
            assert.equal(error.code, "HOST_MISMATCH")
            assert.match(error.message, /is for DNS:air\.test, DNS:\*\.wild\.test, IP Address:192\.0\.2\.7, not for/)
        }
    })

    it("is refused when only the subject contains the name", () => {
        const named = leafOf(intermediate, { extensions: [] }, party(NAME))
        assert.equal(code([named, byNew]), "HOST_MISMATCH")
    })

    it("is refused for an invalid server name", () => {
        assert.equal(code([leaf, byNew], { serverName: "-x" }), "SERVER_NAME_INVALID")
    })

    it("is refused when it is empty", () => {
        assert.equal(code([]), "CHAIN_EMPTY")
    })
})

describe("chooseAnchors refuses", () => {
    it("a server's self-signed certificate, trusted or not", () => {
        for (const extensions of [[altNames(dns(NAME))], [altNames(dns(NAME)), minting.ca()]]) {
            const self = party("self")
            const certificate = certify(self, self, { extensions })
            assert.equal(code([certificate]), "CHAIN_UNTRUSTED")
            assert.equal(code([certificate], { roots: [certificate] }), "LEAF_AS_ANCHOR")
        }
    })

    it("the issuing intermediate that a server forgot to send", () => {
        assert.equal(code([leaf], { roots: [byNew] }), "INTERMEDIATE_AS_ANCHOR")
    })

    it("a certificate that may not issue others, or not for a path of this length", () => {
        for (const extensions of [[], [minting.ca(0)], [minting.ca(), minting.keyUsage(0x80)]]) {
            const root = certify(newRoot, newRoot, { extensions })
            assert.equal(code([leaf, byNew], { roots: [root] }), "NOT_A_CA")
        }
    })

    it("a root whose name is encoded differently, unless the server sends it", () => {
        const printable: Party = { name: dn("New root", { tag: PRINTABLE }), key: newRoot.key }
        const chain = [leaf, certify(intermediate, printable)]
        const error = refusal(chain)
        assert.equal(error.code, "ANCHOR_NAME_ENCODING")
        assert.equal(code(chain, { roots: [], nodeRoots: [newRootFile] }), "ANCHOR_NAME_ENCODING")
        assert.deepEqual(sourcesOf(choose([...chain, newRootFile])), [["CN=New root", "ca-file"]])
    })

    it("two keys with the same name", () => {
        const sameName: Party = { name: oldRoot.name, key: ec() }
        const chain = [leaf, certify(intermediate, sameName), certify(sameName, oldRoot)]
        assert.equal(code(chain, { roots: [oldRootFile] }), "ANCHOR_CONFLICT")
    })

    it("a chain that the chip refuses for another reason", () => {
        const clientOnly = leafOf(intermediate, { extensions: [altNames(dns(NAME)), extendedKeyUsage(CLIENT_AUTH)] })
        const error = refusal([clientOnly, byNew])
        assert.equal(error.code, "DEVICE_REFUSES")
        assert.match(error.message, /^the chain is valid, but the chip refuses it: refused: /)
    })

    it("a path longer than the chip's eight intermediates", () => {
        const parties = [...Array(10).keys()].map(at => party(`CA ${at}`))
        const cas = parties.map((ca, at) => certify(ca, parties[at + 1] ?? newRoot))
        assert.equal(code([leafOf(parties[0]!), ...cas]), "DEVICE_REFUSES")
        assert.equal(choose([leafOf(parties[2]!), ...cas.slice(2)]).length, 8)
    })

    it("a leaf that the chip cannot read", () => {
        const edwards: Party = { name: dn("Ed25519 root"), key: minting.ec() }
        const unread = leafOf(edwards, {
            scheme: { identifier: schemes.ed25519.identifier, sign: () => Buffer.alloc(64) },
        })
        const error = refusal([unread, byNew])
        assert.equal(error.code, "DEVICE_REFUSES")
        assert.match(error.message, /cannot read the server's certificate "CN=leaf"/)
    })
})
