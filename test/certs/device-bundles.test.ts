import {
    accepts,
    INTER,
    inter,
    interFields,
    interKey,
    leaf,
    leafFields,
    ROOT,
    refuses,
    root,
    rootKey,
    strangeKey,
} from "../support/device-verdict.ts"
import { ca, dn, ec, mint, packBundle, rsa, seq, spkiOf, tlv, u16 } from "../support/mint.ts"

const KEY = spkiOf(rootKey)
const GOOD = packBundle([ROOT, KEY])
const CHAIN = [leaf, inter]
const withCount = (count: number, ...rest: Uint8Array[]) => Buffer.concat([u16(count), GOOD.subarray(2), ...rest])
const zeros = (count: number) => Buffer.alloc(count)
/** Names that sort before and after "CN=Root" (300f…); the chip reads nothing else of them. */
const before = (at: number) => tlv(0x30, Buffer.of(at))
const behind = dn("A name that is longer than Root")
const three = packBundle([before(1), KEY], [ROOT, KEY], [behind, KEY])
const two = packBundle([ROOT, KEY], [behind, KEY])
const littleEndian = Buffer.concat([Buffer.from(GOOD.subarray(2, 6)).swap16(), GOOD.subarray(6)])

/** The format of v5.4 with the root first among `count` entries: offsets, then entries. */
const laterForm = (count: number) => {
    const offsets = Array.from({ length: count }, (_, at) => 4 * count + at * littleEndian.length)
    const table = Buffer.concat(offsets.map(offset => Buffer.of(offset & 0xff, (offset >> 8) & 0xff, offset >> 16, 0)))
    return Buffer.concat([table, ...offsets.map(() => littleEndian)])
}

/** The root among `fillers` other entries, sorted. */
const withFillers = (fillers: number) => {
    const names = Array.from({ length: fillers }, (_, at) => before(at))
    return packBundle(...names.map((name): [Buffer, Buffer] => [name, Buffer.of(0)]), [ROOT, KEY])
}

const rsaRoot = rsa()
const rsaSpki = spkiOf(rsaRoot)
const RSA_CHAIN = [leaf, mint({ ...interFields, signer: rsaRoot })]
const pkcs1 = rsaRoot.publicKey.export({ format: "der", type: "pkcs1" })

type Row = [bundle: string, bytes: Uint8Array, error?: string | undefined, chain?: Buffer[]]
const ROWS: Row[] = [
    ["one entry", GOOD],
    ["three entries", three],
    ["no bytes", zeros(0), "-0x7680"],
    ["two zeros", zeros(2), "-0x7680"],
    ["five bytes", Buffer.concat([u16(1), zeros(3)]), "-0x7680"],
    ["six zeros", zeros(6), "-0x7680"],
    ["count 0 and an entry", withCount(0), "-0x7680"],
    ["count 0 and 4 kB of zeros", zeros(4098), "-0x7680"],
    ["an entry and one zero", withCount(1, zeros(1))],
    ["an entry and 64 kB of zeros", withCount(1, zeros(65536))],
    ["an entry and erased flash", withCount(1, Buffer.alloc(100, 0xff))],
    ["an entry less its last byte", GOOD.subarray(0, -1), "-0x7680"],
    ["an entry cut in its name", GOOD.subarray(0, 20), "-0x7680"],
    ["three entries, the last cut in its key", three.subarray(0, -50), "-0x7680"],
    ["count 2, one entry", withCount(2), "-0x7680"],
    ["count 2, one entry, three zeros", withCount(2, zeros(3)), "-0x7680"],
    ["count 2, one entry, four zeros: the search begins at the first", withCount(2, zeros(4))],
    ["count 3, one entry, zeros: an empty name matches, its key does not", withCount(3, zeros(64)), "-0x3000"],
    ["count 5, one entry, zeros", withCount(5, zeros(64)), "-0x3000"],
    ["count 1 of 2, the right one first", Buffer.concat([u16(1), two.subarray(2)])],
    [
        "count 1 of 3, the right one first",
        Buffer.concat([u16(1), packBundle([ROOT, KEY], [behind, KEY], [behind, KEY]).subarray(2)]),
    ],
    ["count 2 of 3, the right one second", Buffer.concat([u16(2), three.subarray(2)])],
    ["count 1 of 3, the right one second", Buffer.concat([u16(1), three.subarray(2)]), "-0x3000"],
    ["lengths in little-endian order", Buffer.concat([u16(1), littleEndian]), "-0x7680"],
    ["the format of v5.4", laterForm(1), "-0x7680"],
    ["the format of v5.4, 63 entries", laterForm(63), "-0x7680"],
    ["the format of v5.4, 64 small entries: 00 01 is a count of 1, the key too long", laterForm(64), "-0x7680"],
    [
        "the same followed by other flash contents: one entry without name and key",
        Buffer.concat([laterForm(64), zeros(65536)]),
        "-0x3000",
    ],
    ["the format of v5.4, 65 entries", laterForm(65), "-0x7680"],
    ["the format of v5.4, 128 entries", laterForm(128), "-0x7680"],
    ["an empty name matches every issuer", packBundle([zeros(0), KEY])],
    ["a name of one byte 0x30 matches every issuer", packBundle([Buffer.of(0x30), KEY])],
    ["a name that is the beginning of the issuer's", packBundle([ROOT.subarray(0, -1), KEY])],
    ["a name that goes on behind the issuer's", packBundle([Buffer.concat([ROOT, Buffer.of(0x31)]), KEY]), "-0x3000"],
    ["junk behind an EC key", packBundle([ROOT, Buffer.concat([KEY, zeros(10)])]), "-0x3000"],
    ["junk behind an RSA key", packBundle([ROOT, Buffer.concat([rsaSpki, zeros(10)])]), "-0x3000", RSA_CHAIN],
    ["an RSA key", packBundle([ROOT, rsaSpki]), undefined, RSA_CHAIN],
    ["a bare RSAPublicKey", packBundle([ROOT, pkcs1]), undefined, RSA_CHAIN],
    ["a certificate in place of the key", packBundle([ROOT, root]), "-0x3000"],
    ["no key", packBundle([ROOT, zeros(0)]), "-0x3000"],
    ["a PEM file", Buffer.from("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"), "-0x7680"],
    ["the same entry twice", packBundle([ROOT, KEY], [ROOT, KEY])],
    ["the right key before a wrong one", packBundle([ROOT, KEY], [ROOT, spkiOf(strangeKey)])],
    ["a wrong key before the right one", packBundle([ROOT, spkiOf(strangeKey)], [ROOT, KEY]), "-0x3000"],
    ["200 entries", withFillers(199)],
    ["201 entries", withFillers(200), "-0x7680"],
    ["count 0xFFFF", withCount(0xffff, zeros(70000)), "-0x7680"],
    ["the right one first of three not sorted", packBundle([ROOT, KEY], [before(1), KEY], [before(0), KEY]), "-0x3000"],
    ["the right one amid three not sorted", packBundle([behind, KEY], [ROOT, KEY], [before(1), KEY])],
]

describe("certs/device loads and searches a bundle as the chip does", () => {
    for (const [name, bundle, error, chain = CHAIN] of ROWS) {
        it(`${error ? `returns ${error}` : "accepts"}: ${name}`, () => {
            if (error) refuses(chain, error, undefined, { bundle })
            else accepts(chain, { bundle })
        })
    }

    it("accepts a server that sends no root through a weak root key in the bundle", () => {
        const weak = rsa(1024)
        const bundle = packBundle([ROOT, spkiOf(weak)])
        accepts([leaf, mint({ ...interFields, signer: weak })], { bundle })
        const sent = mint({ subject: ROOT, issuer: ROOT, key: weak, signer: weak, extensions: [ca()] })
        refuses([leaf, mint({ ...interFields, signer: weak }), sent], "-0x2700", 0x10000, { bundle })
    })

    it("accepts a pinned leaf as the CA of another certificate", () => {
        const pinned = ec()
        const other = mint({ ...leafFields, issuer: dn("pinned.test"), signer: pinned })
        accepts([other], { bundle: packBundle([dn("pinned.test"), spkiOf(pinned)]) })
    })

    it("accepts a pinned key on a curve that it refuses in the message", () => {
        const odd = ec("secp256k1")
        accepts([leaf, mint({ ...interFields, signer: odd })], { bundle: packBundle([ROOT, spkiOf(odd)]) })
    })

    it("reports -0x7680 and the chain's flags when the bundle was not loaded, whatever else is wrong", () => {
        const bundle = zeros(2)
        refuses(CHAIN, "-0x7680", 0x8, { bundle })
        refuses(CHAIN, "-0x7680", 0xc, { bundle, name: "other.test" })
        refuses([seq(zeros(200)), inter], "-0x21E2", 0, { bundle })
    })

    it("does not look up the issuer of a certificate that has other faults", () => {
        refuses([leaf], "-0x3000", 0xffffffff)
        refuses([leaf], "-0x2700", 0xc, { name: "other.test" })
    })

    it("looks up the issuer of every certificate whose parent did not sign it", () => {
        const impostor = mint({ ...interFields, key: strangeKey })
        refuses([leaf, impostor], "-0x3000", 0xffffffff)
        accepts([leaf, impostor], { bundle: packBundle([ROOT, KEY], [INTER, spkiOf(interKey)]) })
    })
})
