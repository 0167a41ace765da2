import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { createHash, X509Certificate } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { rootCertificates } from "node:tls"
import { keyText } from "../../certs/anchor.ts"
import { operatorOf, operators, siblingsOf, trustEndOf } from "../../certs/operators.ts"
import { parsePem } from "../../certs/x509/certificate.ts"

const LETS_ENCRYPT = "../shared/data/letsencrypt"

const X1 = {
    subject: "CN=ISRG Root X1, O=Internet Security Research Group, C=US",
    spkiSha256: "0b9fa5a59eed715c26c1020c711b4f6ec42d58b0015e14337a39dad301c5afc3",
}
const YE = {
    subject: "CN=Root YE, O=ISRG, C=US",
    spkiSha256: "b0292ae545978e0fbb98abbd94c861605e5b18bb32ed523f50d5b7b5c71d47bc",
}

describe("the table of operators", () => {
    it("holds each root once, with a whole hash and an HTTPS address", () => {
        const roots = operators.flatMap(operator => operator.roots)
        assert.equal(new Set(roots.map(({ spkiSha256 }) => spkiSha256)).size, roots.length)
        for (const { spkiSha256, url } of roots) {
            assert.match(spkiSha256, /^[0-9a-f]{64}$/)
            assert.match(url, /^https:\/\/[a-z.]+\/[a-z0-9/-]+\.pem$/)
        }
    })

    it("knows the other current roots of Let's Encrypt, whichever one is pinned", () => {
        const names = (of: typeof X1) => siblingsOf(of).map(({ subject }) => /^CN=([^,]*)/.exec(subject)![1])
        assert.deepEqual(names(X1), ["ISRG Root X2", "Root YE", "Root YR"])
        assert.deepEqual(names(YE), ["ISRG Root X1", "ISRG Root X2", "Root YR"])
        assert.equal(operatorOf(YE)!.name, "Let's Encrypt")
    })

    it("knows the operator's own end-of-trust dates, which come before the certificates' ends", () => {
        assert.equal(trustEndOf(X1), "2030-06-04")
        assert.equal(trustEndOf({ ...X1, spkiSha256: YE.spkiSha256 }), undefined)
        assert.equal(trustEndOf(YE), undefined)
    })

    it("takes neither the name nor the key alone for a root", () => {
        assert.deepEqual(siblingsOf({ ...X1, spkiSha256: YE.spkiSha256 }), [])
        assert.deepEqual(siblingsOf({ ...X1, subject: "CN=ISRG Root X1" }), [])
        assert.equal(operatorOf({ ...X1, spkiSha256: "0".repeat(64) }), undefined)
    })

    it("has the names and keys that Node's list has", () => {
        const node = rootCertificates
            .map(pem => new X509Certificate(pem))
            .filter(({ subject }) => subject.includes("ISRG Root X"))
        const hashes = node.map(({ publicKey }) =>
            createHash("sha256")
                .update(publicKey.export({ type: "spki", format: "der" }))
                .digest("hex"),
        )
        const inTable = operators.flatMap(({ roots }) => roots).filter(({ subject }) => subject.includes("ISRG Root X"))
        assert.deepEqual(inTable.map(({ spkiSha256 }) => spkiSha256).sort(), hashes.sort())
    })

    it("has the keys that openssl computes from the published certificates", function () {
        if (!existsSync(LETS_ENCRYPT)) this.skip()
        const files: Record<string, string> = {
            "root-x1": "isrgrootx1.pem",
            "root-x2": "isrg-root-x2.pem",
            "root-ye": "root-ye.pem",
            "root-yr": "root-yr.pem",
        }
        const published = Object.values(files).map(file => {
            const key = execFileSync("openssl", ["x509", "-in", join(LETS_ENCRYPT, file), "-noout", "-pubkey"])
            const der = execFileSync("openssl", ["pkey", "-pubin", "-outform", "DER"], { input: key })
            const [certificate] = parsePem(readFileSync(join(LETS_ENCRYPT, file), "utf8"))
            return [
                certificate!.subject,
                createHash("sha256").update(der).digest("hex"),
                `https://letsencrypt.org/certs/${/^root-y/.test(file) ? "gen-y/" : ""}${file}`,
            ]
        })
        assert.deepEqual(
            operators[0]!.roots.map(({ subject, spkiSha256, url }) => [subject, spkiSha256, url]),
            published,
        )
    })

    it("names types and sizes of keys", function () {
        if (!existsSync(LETS_ENCRYPT)) this.skip()
        const key = (file: string) => keyText(parsePem(readFileSync(join(LETS_ENCRYPT, file), "utf8"))[0]!)
        assert.deepEqual(["isrgrootx1.pem", "root-ye.pem", "int-yr1.pem"].map(key), [
            "RSA 4096",
            "ECDSA P-384",
            "RSA 2048",
        ])
        assert.equal(keyText({ spkiDer: Buffer.from("3000", "hex") }), "unknown")
    })
})
