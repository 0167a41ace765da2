import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { presentedChain, readPresentedChains, writePresentedChains } from "../../certs/presented-chains.ts"
import { parseCertificate } from "../../certs/x509/certificate.ts"
import { inter, leaf, root } from "../support/device-verdict.ts"

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex")
const [leafCertificate, interCertificate] = [parseCertificate(leaf), parseCertificate(inter)] as const
const record = presentedChain("leaf.test", [leafCertificate, interCertificate])

describe("the record of presented chains", () => {
    let directory: string
    beforeEach(async () => {
        directory = await mkdtemp(join(tmpdir(), "airpin-presented-"))
    })
    afterEach(() => rm(directory, { recursive: true }))
    const file = () => join(directory, "presented.json")

    it("is a reviewable file with sorted keys and hosts", async () => {
        await writePresentedChains(directory, {
            "leaf.test:443": record,
            "b.test:443": { ...record, path: record.path.slice(1) },
        })
        const text = await readFile(file(), "utf8")
        const interText = `                {
                    "certificateSha256": "${sha256(inter)}",
                    "notAfter": "2035-01-01T00:00:00.000Z",
                    "spkiSha256": "${sha256(interCertificate.spkiDer)}",
                    "subject": "CN=Inter"
                }
            ],
            "serverName": "leaf.test"
        }`
        assert.equal(
            text,
            `{
    "hosts": {
        "b.test:443": {
            "path": [
${interText},
        "leaf.test:443": {
            "path": [
                {
                    "certificateSha256": "${sha256(leaf)}",
                    "notAfter": "2035-01-01T00:00:00.000Z",
                    "spkiSha256": "${sha256(leafCertificate.spkiDer)}",
                    "subject": "CN=leaf.test"
                },
${interText}
    },
    "version": 1
}
`,
        )
    })

    it("contains the path as the chip builds it, without the certificates it does not link", () => {
        const path = presentedChain("leaf.test", [leafCertificate, parseCertificate(leaf), interCertificate]).path
        assert.deepEqual(
            path.map(({ subject }) => subject),
            ["CN=leaf.test", "CN=Inter"],
        )
        const whole = presentedChain(
            "leaf.test",
            [leaf, inter, root].map(der => parseCertificate(der)),
        ).path
        assert.deepEqual(
            whole.map(({ subject }) => subject),
            ["CN=leaf.test", "CN=Inter", "CN=Root"],
        )
    })

    it("keeps the paths of further chains that the server presents, and is read without them", async () => {
        const several = presentedChain("leaf.test", [leafCertificate], [[leafCertificate, interCertificate]])
        assert.deepEqual(several.others, [record.path])
        await writePresentedChains(directory, { "a.test:443": several, "leaf.test:443": record })
        assert.deepEqual(
            await readPresentedChains(directory),
            new Map([
                ["a.test:443", several],
                ["leaf.test:443", record],
            ]),
        )
        assert.equal((await readFile(file(), "utf8")).match(/"others"/g)?.length, 1)
    })

    it("is read back as it was written", async () => {
        await writePresentedChains(directory, { "leaf.test:443": record })
        assert.deepEqual(await readPresentedChains(directory), new Map([["leaf.test:443", record]]))
    })

    it("is not written again when nothing changes", async () => {
        assert.deepEqual(await writePresentedChains(directory, { "leaf.test:443": record }), { changed: true })
        const { mtimeNs, ino } = await stat(file(), { bigint: true })
        assert.deepEqual(await writePresentedChains(directory, { "leaf.test:443": record }), { changed: false })
        const again = await stat(file(), { bigint: true })
        assert.deepEqual([again.mtimeNs, again.ino], [mtimeNs, ino])
        assert.deepEqual(await readdir(directory), ["presented.json"])
    })

    it("is empty when there is no file", async () => {
        assert.deepEqual(await readPresentedChains(directory), new Map())
    })

    const bad: Record<string, string> = {
        "no JSON": "{",
        "another version": '{"hosts":{},"version":2}',
        "a record without a path": '{"hosts":{"a:1":{"serverName":"a"}},"version":1}',
        "an empty path": '{"hosts":{"a:1":{"serverName":"a","path":[]}},"version":1}',
        "a malformed hash": JSON.stringify({
            hosts: { "a:1": { serverName: "a", path: [{ ...record.path[0], spkiSha256: "00" }] } },
            version: 1,
        }),
        "a list of hosts": '{"hosts":["a:1"],"version":1}',
    }
    for (const [name, text] of Object.entries(bad))
        it(`refuses ${name}`, async () => {
            await writeFile(file(), text)
            await assert.rejects(readPresentedChains(directory), { name: "AirpinError", code: "PRESENTED_CORRUPT" })
        })
})
