import assert from "node:assert/strict"
import { generateKeyPairSync } from "node:crypto"
import {
    accepts,
    inter,
    interFields,
    interKey,
    leaf,
    leafFields,
    ROOT,
    refuses,
    verdictOf,
} from "../support/device-verdict.ts"
import {
    ec,
    type KeyPair,
    mint,
    oid,
    packBundle,
    rsa,
    type Scheme,
    schemes,
    seq,
    spkiOf,
    tlv,
} from "../support/mint.ts"

const ALL = 0xffffffff

describe("certs/device requires strong keys in the message", () => {
    const asLeaf = (key: KeyPair) => [mint({ ...leafFields, key }), inter]
    const asInter = (key: KeyPair) => [mint({ ...leafFields, signer: key }), mint({ ...interFields, key })]

    it("RSA of 2048 bits", () => {
        accepts(asLeaf(rsa(2048)))
        accepts(asInter(rsa(2048)))
        refuses(asLeaf(rsa(1024)), "-0x2700", 0x10000)
        refuses(asInter(rsa(1024)), "-0x2700", 0x10000)
    })

    it("rounding RSA bits up to whole bytes", () => {
        accepts(asLeaf(rsa(2042)))
        refuses(asLeaf(rsa(2040)), "-0x2700", 0x10000)
    })

    for (const curve of ["P-256", "P-384", "P-521", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"]) {
        it(`${curve} is accepted`, () => {
            accepts(asLeaf(ec(curve)))
            accepts(asInter(ec(curve)))
        })
    }

    for (const curve of ["secp256k1", "P-224", "prime192v1", "secp192k1", "secp224k1"]) {
        it(`${curve} is refused`, () => {
            refuses(asLeaf(ec(curve)), "-0x2700", 0x10000)
            refuses(asInter(ec(curve)), "-0x2700", 0x10000)
        })
    }

    it("and cannot read other curves and key types", () => {
        refuses(asLeaf(ec("brainpoolP224r1")), "-0x3A00", 0)
        refuses(asLeaf(generateKeyPairSync("ed25519")), "-0x3C80", 0)
        refuses(asInter(generateKeyPairSync("rsa-pss", { modulusLength: 2048 })), "-0x3C80", 0)
    })
})

describe("certs/device accepts signatures", () => {
    const rsaKey = rsa()
    const rsaInter = mint({ ...interFields, key: rsaKey })
    const rsaRoot = packBundle([ROOT, spkiOf(rsaKey)])
    const leafBy = (scheme: Scheme) => [mint({ ...leafFields, signer: rsaKey, scheme }), rsaInter]
    const topBy = (scheme: Scheme) => [leaf, mint({ ...interFields, signer: rsaKey, scheme })]

    it("with SHA-256 to SHA-512, and RSASSA-PSS", () => {
        accepts(leafBy(schemes.rsaSha512))
        accepts(leafBy(schemes.pssSha256))
        accepts([mint({ ...leafFields, scheme: schemes.ecdsaSha384 }), inter])
    })

    for (const name of ["rsaMd5", "rsaSha1", "rsaSha224"] as const) {
        it(`with a weak hash (${name}) only at the top of the path`, () => {
            refuses(leafBy(schemes[name]), "-0x2700", 0x4000)
            accepts(topBy(schemes[name]), { bundle: rsaRoot })
        })
    }

    it("never by a key of the other type", () => {
        refuses(topBy(schemes.rsaSha256), "-0x3000", ALL)
    })

    it("never by an EC key that is for key agreement alone", () => {
        const point = spkiOf(interKey).subarray(-68)
        const spki = seq(seq(oid("1.3.132.1.12"), oid("1.2.840.10045.3.1.7")), point)
        refuses([leaf, mint({ ...interFields, spki })], "-0x3000", ALL)
    })

    it("of ECDSA in longer encodings than DER allows", () => {
        const padded: Scheme = {
            identifier: schemes.ecdsaSha256.identifier,
            sign: (tbs, key) => {
                const signature = schemes.ecdsaSha256.sign(tbs, key)
                const r = signature.subarray(4, 4 + signature[3]!)
                const s = signature.subarray(6 + r.length)
                return seq(tlv(0x02, Buffer.alloc(3), r), tlv(0x02, Buffer.alloc(2), s))
            },
        }
        accepts([mint({ ...leafFields, scheme: padded }), inter])
    })

    it("and ignores certificates signed with an unknown algorithm", () => {
        const signer = generateKeyPairSync("ed25519")
        const foreign = { signer, scheme: schemes.ed25519 }
        accepts([leaf, mint({ ...interFields, ...foreign }), inter])
        accepts([mint({ ...leafFields, ...foreign }), leaf, inter])
        refuses([leaf, mint({ ...interFields, ...foreign })], "-0x3000", ALL)
        assert.match(
            verdictOf([leaf, mint({ ...interFields, ...foreign })]).reason,
            /\(the chip ignores 1 of the certificates: /,
        )
    })

    it("and refuses the server when no certificate is left", () => {
        const dropped = mint({ ...leafFields, signer: generateKeyPairSync("ed25519"), scheme: schemes.ed25519 })
        refuses([dropped], "-0x2700", 0x1c004)
        refuses([dropped], "-0x7680", 0x1c00c, { bundle: Buffer.alloc(0) })
    })
})
