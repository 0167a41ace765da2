import assert from "node:assert/strict"
import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readCertificateFolder } from "../../../certs/read/certificate-folder.ts"
import { parseCertificate, toPem } from "../../../certs/x509/certificate.ts"
import { ca, dn, ec, mint } from "../../support/mint.ts"

const key = ec()
const root = (name: string) =>
    parseCertificate(mint({ subject: dn(name), issuer: dn(name), key, signer: key, extensions: [ca()] }))

describe("a folder of certificates", () => {
    let folder: string
    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "airpin-folder-"))
    })
    afterEach(() => rm(folder, { recursive: true }))

    const put = (name: string, contents: string | Uint8Array) => writeFile(join(folder, name), contents)
    const subjects = async () => (await readCertificateFolder(folder)).map(({ subject }) => subject)

    it("is read by the contents of its files, in the order of their names", async () => {
        await put("3.crt", root("DER in .crt").der)
        await put("2.der", toPem(root("PEM in .der")))
        await put("1.pem", `# two\n${toPem(root("A"))}${toPem(root("B"))}`)
        await put("4.cer", root("C").der)
        await put("server.key.pem", "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n")
        await put("README.md", toPem(root("not looked at")))
        await mkdir(join(folder, "sub"))
        assert.deepEqual(await subjects(), ["CN=A", "CN=B", "CN=PEM in .der", "CN=DER in .crt", "CN=C"])
    })

    it("is refused, with the file's name, when a file contains garbage", async () => {
        await put("good.pem", toPem(root("A")))
        await put("bad.pem", "garbage")
        await assert.rejects(readCertificateFolder(folder), { code: "PEM_EMPTY", message: /bad\.pem: / })
    })

    it("is refused when it has no certificates, does not exist, or is too large", async () => {
        await assert.rejects(readCertificateFolder(folder), { code: "FOLDER_EMPTY" })
        await assert.rejects(readCertificateFolder(join(folder, "no")), { code: "FOLDER_UNREADABLE" })
        await put("huge.pem", "")
        await truncate(join(folder, "huge.pem"), 5_000_000)
        await assert.rejects(readCertificateFolder(folder), { code: "FOLDER_TOO_LARGE" })
    })
})
