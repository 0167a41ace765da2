import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { type BundleEntry, decodeBundle, encodeBundle, formatOf } from "../../../certs/bundle/bundle.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"

const FIXTURES = new URL("../../fixtures/certs/", import.meta.url)
const bytesOf = (file: string) => readFileSync(new URL(file, FIXTURES))
const failsWith = (code: string) => ({ name: "AirpinError", code })

/** CN=B, CN=A and CN=Aa, PrintableString; keys that are SubjectPublicKeyInfo in form only. */
const entry = (subject: string, spki: string): BundleEntry => ({
    subjectDer: Buffer.from(subject, "hex"),
    spkiDer: Buffer.from(spki, "hex"),
})
const B = entry("300c310a300806035504031301" + "42", "3007300206000301" + "00")
const A = entry("300c310a300806035504031301" + "41", "3008300206000302" + "0001")
const AA = entry("300d310b300906035504031302" + "4161", "3007300206000301" + "00")

describe("certs/bundle encodeBundle", () => {
    it("writes count, lengths, names and keys, big-endian, short names before long ones", () => {
        const expected =
            "0003" +
            "000e000a" +
            "300c310a30080603550403130141" +
            "30083002060003020001" +
            "000e0009" +
            "300c310a30080603550403130142" +
            "300730020600030100" +
            "000f0009" +
            "300d310b3009060355040313024161" +
            "300730020600030100"
        assert.equal(encodeBundle([AA, B, A]).toString("hex"), expected)
    })

    it("writes byte for byte what gen_crt_bundle.py wrote for the same certificates", () => {
        const anchors = parsePem(bytesOf("anchors.pem").toString())
        assert.equal(anchors.length, 6)
        assert.deepEqual(encodeBundle(anchors), bytesOf("anchors.bin"))
        assert.deepEqual(encodeBundle(anchors.toReversed()), bytesOf("anchors.bin"))
    })

    it("sorts by unsigned bytes, a prefix before longer names", () => {
        const names = ["3002ff00", "300180", "30017f", "3000"]
        const sorted = decodeNames(encodeBundle(names.map(name => entry(name, "3000"))))
        assert.deepEqual(sorted, ["3000", "30017f", "300180", "3002ff00"])
    })

    it("leaves the caller's list in its order", () => {
        const entries = [B, A]
        encodeBundle(entries)
        assert.deepEqual(entries, [B, A])
    })

    it("writes a duplicate entry once", () => {
        assert.deepEqual(encodeBundle([A, B, A]), encodeBundle([A, B]))
    })

    it("refuses two keys under one subject", () => {
        const other = { ...A, spkiDer: B.spkiDer }
        assert.throws(() => encodeBundle([A, B, other]), failsWith("BUNDLE_SUBJECT_CONFLICT"))
    })

    it("refuses an empty list", () => {
        assert.throws(() => encodeBundle([]), failsWith("BUNDLE_EMPTY"))
    })

    it("takes 200 entries, and refuses 201", () => {
        const many = Array.from({ length: 201 }, (_, at) => entry(`3001${at.toString(16).padStart(2, "0")}`, "3000"))
        assert.equal(encodeBundle(many.slice(1)).readUInt16BE(), 200)
        assert.throws(() => encodeBundle(many), failsWith("BUNDLE_TOO_MANY"))
    })

    it("refuses a name or key that is too long for its length field", () => {
        const long = { ...A, spkiDer: Buffer.alloc(65536) }
        assert.throws(() => encodeBundle([long]), failsWith("BUNDLE_ENTRY_TOO_LONG"))
    })
})

describe("certs/bundle in the format of ESP-IDF v5.4", () => {
    it("writes the offset of each entry, then lengths, names and keys, little-endian", () => {
        const expected =
            "0c000000" +
            "28000000" +
            "43000000" +
            "0e000a00" +
            "300c310a30080603550403130141" +
            "30083002060003020001" +
            "0e000900" +
            "300c310a30080603550403130142" +
            "300730020600030100" +
            "0f000900" +
            "300d310b3009060355040313024161" +
            "300730020600030100"
        assert.equal(encodeBundle([AA, B, A], "idf54").toString("hex"), expected)
    })

    it("writes byte for byte what gen_crt_bundle.py wrote for the same certificates", () => {
        const anchors = parsePem(bytesOf("anchors.pem").toString())
        assert.deepEqual(encodeBundle(anchors, "idf54"), bytesOf("anchors-idf54.bin"))
    })

    it("is distinguished from the older format, and contains the same entries", () => {
        assert.equal(formatOf(bytesOf("anchors.bin")), "idf50")
        assert.equal(formatOf(bytesOf("anchors-idf54.bin")), "idf54")
        assert.deepEqual(decodeBundle(bytesOf("anchors-idf54.bin")), decodeBundle(bytesOf("anchors.bin")))
    })

    it("is refused where the other format is required, and the other way round", () => {
        assert.throws(() => decodeBundle(bytesOf("anchors-idf54.bin"), "idf50"), failsWith("BUNDLE_FORMAT_WRONG"))
        assert.throws(() => decodeBundle(bytesOf("anchors.bin"), "idf54"), failsWith("BUNDLE_FORMAT_WRONG"))
    })

    for (const count of [1, 2, 63, 64, 65, 128, 192, 200])
        it(`is recognised with ${count} entries, although ${count} may look like a count of the older format`, () => {
            const entries = numbered(count)
            const bytes = encodeBundle(entries, "idf54")
            assert.equal(bytes.readUInt32LE(), 4 * count)
            assert.equal(formatOf(bytes), "idf54")
            assert.deepEqual(decodeBundle(bytes), entries)
            assert.throws(() => decodeBundle(bytes, "idf50"), failsWith("BUNDLE_FORMAT_WRONG"))
            assert.equal(formatOf(encodeBundle(entries)), "idf50")
        })

    it("ignores padding after the last entry", () => {
        const padded = Buffer.concat([bytesOf("anchors-idf54.bin"), Buffer.alloc(4096)])
        assert.equal(decodeBundle(padded).length, 6)
    })
})

/** CN=aaa, CN=aab and so on, ascending. */
function numbered(count: number): BundleEntry[] {
    const letters = (at: number) =>
        [at / 26 / 26, at / 26, at].map(digit => (0x61 + (Math.floor(digit) % 26)).toString(16))
    return Array.from({ length: count }, (_, at) =>
        entry(`300e310c300a06035504031303${letters(at).join("")}`, "300730020600030100"),
    )
}

/** The names of a bundle, read without the code under test. */
function decodeNames(bundle: Buffer): string[] {
    const names: string[] = []
    for (let at = 2; at < bundle.length; ) {
        const nameAt = at + 4
        const nameBytes = bundle.readUInt16BE(at)
        names.push(bundle.toString("hex", nameAt, nameAt + nameBytes))
        at = nameAt + nameBytes + bundle.readUInt16BE(at + 2)
    }
    return names
}

describe("certs/bundle decodeBundle", () => {
    it("returns the subject and key of every entry, in order", () => {
        const entries = decodeBundle(bytesOf("anchors.bin"))
        const expected = parsePem(bytesOf("anchors.pem").toString())
        assert.equal(entries.length, 6)
        for (const { subjectDer, spkiDer } of expected) {
            assert.ok(entries.some(found => found.subjectDer.equals(subjectDer) && found.spkiDer.equals(spkiDer)))
        }
    })

    for (const [padding, value] of Object.entries({ zeros: 0x00, "erased flash": 0xff })) {
        it(`ignores ${padding} after the last entry`, () => {
            const padded = Buffer.concat([bytesOf("anchors.bin"), Buffer.alloc(4096, value)])
            assert.deepEqual(encodeBundle(decodeBundle(padded)), bytesOf("anchors.bin"))
        })
    }

    it("accepts an exact duplicate: Mozilla's list has one", () => {
        const twice = Buffer.concat([Buffer.of(0, 2), ...[A, A].flatMap(pack)])
        assert.deepEqual(decodeBundle(twice), [A, A])
    })

    it("encodes every valid bundle of the recorded handshakes back to the same bytes", () => {
        const { bundles } = JSON.parse(bytesOf("device-tls.json").toString()) as { bundles: Record<string, string> }
        const outcomes = Object.values(bundles).map(base64 => outcomeOf(Buffer.from(base64, "base64")))
        assert.deepEqual(countEach(outcomes), {
            same: 18,
            "same but for padding": 4,
            BUNDLE_EMPTY: 2,
            BUNDLE_SUBJECT_CONFLICT: 2,
            BUNDLE_UNSORTED: 4,
        })
    })

    const folder = new URL("bad-bundles/", FIXTURES)
    for (const file of readdirSync(folder)) {
        it(`refuses ${file}`, () => {
            const [code] = file.split("-")
            assert.throws(() => decodeBundle(readFileSync(new URL(file, folder))), failsWith(code!))
        })
    }
})

function pack({ subjectDer, spkiDer }: BundleEntry): Buffer[] {
    return [Buffer.of(0, subjectDer.length, 0, spkiDer.length), subjectDer, spkiDer]
}

function outcomeOf(bundle: Buffer): string {
    try {
        const again = encodeBundle(decodeBundle(bundle))
        if (again.equals(bundle)) return "same"
        return again.equals(bundle.subarray(0, again.length)) ? "same but for padding" : "different"
    } catch (error) {
        return (error as { code: string }).code
    }
}

function countEach(texts: string[]): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const text of texts) counts[text] = (counts[text] ?? 0) + 1
    return counts
}
