import assert from "node:assert/strict"
import { existsSync, readFileSync } from "node:fs"
import type { Anchor } from "../../certs/anchor.ts"
import { parsePem } from "../../certs/x509/certificate.ts"
import { downloadSiblingRoots } from "../../devs/pins/find-siblings.ts"

const LETS_ENCRYPT = "../shared/data/letsencrypt"
const NOW = new Date("2026-08-21T00:00:00Z")

describe("looking for the other roots of an operator", () => {
    before(function () {
        if (!existsSync(LETS_ENCRYPT)) this.skip()
    })

    const pem = (file: string) => readFileSync(`${LETS_ENCRYPT}/${file}`, "utf8")
    const x1 = (): Anchor => ({
        certificate: parsePem(pem("isrgrootx1.pem"))[0]!,
        role: "issuer",
        source: "node",
        reason: "a test",
    })

    it("downloads each from its operator, and tells the ones it cannot have", async () => {
        const answers: Record<string, () => Promise<Response>> = {
            "https://letsencrypt.org/certs/isrg-root-x2.pem": async () => new Response(pem("isrg-root-x2.pem")),
            "https://letsencrypt.org/certs/gen-y/root-ye.pem": async () => new Response(pem("root-yr.pem")),
            "https://letsencrypt.org/certs/gen-y/root-yr.pem": () => Promise.reject(new TypeError("fetch failed")),
        }
        const { found, missing } = await downloadSiblingRoots([x1()], NOW, { fetch: url => answers[url]!() })
        assert.deepEqual(
            found.map(({ certificate, role, source, reason }) => [certificate.subject, role, source, reason]),
            [
                [
                    "CN=ISRG Root X2, O=Internet Security Research Group, C=US",
                    "sibling",
                    "download",
                    "another root of Let's Encrypt: for a change of key type or generation",
                ],
            ],
        )
        assert.deepEqual(
            missing.map(({ root, error }) => [root.subject, error.code]),
            [
                ["CN=Root YE, O=ISRG, C=US", "DOWNLOAD_NOT_THE_ROOT"],
                ["CN=Root YR, O=ISRG, C=US", "DOWNLOAD_FAILED"],
            ],
        )
    })

    it("asks the network for nothing when the operator is not in the table", async () => {
        const strange = { ...x1(), certificate: { ...x1().certificate, subject: "CN=Private" } }
        const fetch = () => assert.fail("asked")
        assert.deepEqual(await downloadSiblingRoots([strange], NOW, { fetch }), { found: [], missing: [] })
    })
})
