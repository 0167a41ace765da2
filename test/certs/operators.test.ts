import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { rootCertificates } from "node:tls"
import { keyText } from "../../certs/anchor.ts"
import {
    type OperatorRoot,
    operatorOf,
    operatorRootOf,
    operators,
    siblingsOf,
    trustEndOf,
} from "../../certs/operators.ts"
import { parsePem } from "../../certs/x509/certificate.ts"
import { type OperatorSample, operatorSamples } from "../support/operator-samples.ts"

/** the list of Debian's ca-certificates, which keeps roots longer than Node's */
const DEBIAN = "/usr/share/ca-certificates/mozilla"
const LETS_ENCRYPT = join(import.meta.dirname, "../../../shared/data/letsencrypt")

const X1 = {
    subject: "CN=ISRG Root X1, O=Internet Security Research Group, C=US",
    spkiSha256: "0b9fa5a59eed715c26c1020c711b4f6ec42d58b0015e14337a39dad301c5afc3",
}
const YE = {
    subject: "CN=Root YE, O=ISRG, C=US",
    spkiSha256: "b0292ae545978e0fbb98abbd94c861605e5b18bb32ed523f50d5b7b5c71d47bc",
}

describe("the table of operators", () => {
    const roots = operators.flatMap(operator => operator.roots)

    it("contains each root once, with a complete hash, an address and dates", () => {
        assert.equal(new Set(roots.map(({ spkiSha256 }) => spkiSha256)).size, roots.length)
        for (const { spkiSha256, url, notAfter, trustEnds, dropped } of roots) {
            assert.match(spkiSha256, /^[0-9a-f]{64}$/)
            assert.match(url, /^https?:\/\/[a-z.]+\/[A-Za-z0-9/.?=-]+$/)
            for (const date of [notAfter, trustEnds ?? notAfter, dropped ?? notAfter])
                assert.match(date, /^20\d\d-[01]\d-[0-3]\d$/)
            assert.ok((trustEnds ?? dropped ?? notAfter) <= notAfter, url)
        }
    })

    it("has the operators that most servers use", () => {
        assert.deepEqual(
            operators.map(({ name }) => name),
            [
                "Let's Encrypt",
                "Google Trust Services",
                "Amazon",
                "DigiCert",
                "Sectigo (also ZeroSSL)",
                "GlobalSign",
                "Actalis",
            ],
        )
    })

    const inTable = (pem: string) => {
        const [certificate] = parsePem(pem)
        const root = operatorRootOf(certificate)
        return root ? [{ root, certificate }] : []
    }

    it("has the name, the key and the end of every root that Node's list has", () => {
        const found = rootCertificates.flatMap(inTable)
        for (const { root, certificate } of found)
            assert.equal(certificate.notAfter.toISOString().slice(0, 10), root.notAfter, root.subject)
        const today = new Date().toISOString()
        const isExpected = ({ dropped, trustEnds }: OperatorRoot) =>
            !dropped && trustEnds !== undefined && trustEnds > today
        const missing = roots.filter(root => isExpected(root) && !found.some(one => one.root === root))
        assert.deepEqual(missing, [])
    })

    it("has the name, the key and the end of every root that Debian's list has, dropped ones too", function () {
        if (!existsSync(DEBIAN)) this.skip()
        const found = readdirSync(DEBIAN).flatMap(file => inTable(readFileSync(join(DEBIAN, file), "utf8")))
        for (const { root, certificate } of found)
            assert.equal(certificate.notAfter.toISOString().slice(0, 10), root.notAfter, root.subject)
        assert.ok(found.length >= 26, `${found.length} found`)
    })

    it("has the ends of Let's Encrypt's new roots", function () {
        if (!existsSync(LETS_ENCRYPT)) this.skip()
        const found = ["root-ye.pem", "root-yr.pem"].flatMap(file =>
            inTable(readFileSync(join(LETS_ENCRYPT, file), "utf8")),
        )
        assert.deepEqual(
            found.map(({ root, certificate }) => [root.notAfter, certificate.notAfter.toISOString().slice(0, 10)]),
            [
                ["2045-09-02", "2045-09-02"],
                ["2045-09-02", "2045-09-02"],
            ],
        )
    })

    it("knows the other current roots of Let's Encrypt, whichever one is pinned", () => {
        const names = (of: typeof X1) => siblingsOf(of).map(({ subject }) => /^CN=([^,]*)/.exec(subject)![1])
        assert.deepEqual(names(X1), ["ISRG Root X2", "Root YE", "Root YR"])
        assert.deepEqual(names(YE), ["ISRG Root X1", "ISRG Root X2", "Root YR"])
        assert.equal(operatorOf(YE)!.name, "Let's Encrypt")
    })

    it("has the operator's own end-of-trust dates, which precede the certificates' ends", () => {
        assert.equal(trustEndOf(X1), "2030-06-04")
        assert.equal(trustEndOf({ ...X1, spkiSha256: YE.spkiSha256 }), undefined)
        assert.equal(trustEndOf(YE), undefined)
    })

    it("recognises a root by name and key together, not by one of them", () => {
        assert.deepEqual(siblingsOf({ ...X1, spkiSha256: YE.spkiSha256 }), [])
        assert.deepEqual(siblingsOf({ ...X1, subject: "CN=ISRG Root X1" }), [])
        assert.equal(operatorOf({ ...X1, spkiSha256: "0".repeat(64) }), undefined)
    })
})

for (const sample of operatorSamples) describe(`the certificates of ${sample.title}`, () => publishedBy(sample))

function publishedBy(sample: OperatorSample): void {
    let folder: string
    before(function () {
        folder = sample.folder() ?? this.skip()
    })
    const read = (file: string) => parsePem(readFileSync(join(folder, file), "utf8"))[0]!

    it("have the keys of the table, as openssl computes them", () => {
        const published = ["isrgrootx1.pem", "isrg-root-x2.pem", "root-ye.pem", "root-yr.pem"].map(file => {
            const key = execFileSync("openssl", ["x509", "-in", join(folder, file), "-noout", "-pubkey"])
            const der = execFileSync("openssl", ["pkey", "-pubin", "-outform", "DER"], { input: key })
            return [read(file).subject, createHash("sha256").update(der).digest("hex")]
        })
        const { roots } = sample.operator()
        assert.deepEqual(
            roots.map(({ subject, spkiSha256 }) => [subject, spkiSha256]),
            published,
        )
        const { x1, x2, ye, yr } = sample.subjects
        assert.deepEqual(
            published.map(([subject]) => subject),
            [x1, x2, ye, yr],
        )
        assert.deepEqual(
            roots.map(({ url }) => url),
            [sample.urls.x1, sample.urls.x2, sample.urls.ye, sample.urls.yr],
        )
    })

    it("belong to the operator's roots, cross-signed or self-signed", () => {
        const table = [sample.operator()]
        const [x1, x2, ye, yr] = table[0]!.roots
        const found = ["isrgrootx1", "root-x2-by-x1", "old-root-ye-by-x2", "root-yr", "int-ye1"]
        assert.deepEqual(
            found.map(file => operatorRootOf(read(`${file}.pem`), table)),
            [x1, x2, ye, yr, undefined],
        )
    })

    it("name types and sizes of keys", () => {
        assert.deepEqual(["isrgrootx1.pem", "root-ye.pem", "int-yr1.pem"].map(read).map(keyText), sample.keys)
        assert.equal(keyText({ spkiDer: Buffer.from("3000", "hex") }), "unknown")
    })
}
