import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import type { Anchor } from "../../certs/anchor.ts"
import type { Operator } from "../../certs/operators.ts"
import { parsePem } from "../../certs/x509/certificate.ts"
import { downloadSiblingRoots } from "../../devs/pins/find-siblings.ts"
import { type OperatorSample, operatorSamples } from "../support/operator-samples.ts"

const NOW = new Date("2026-08-21T00:00:00Z")

for (const sample of operatorSamples)
    describe(`looking for the other roots of ${sample.title}`, () => lookForRootsOf(sample))

function lookForRootsOf(sample: OperatorSample): void {
    let folder: string
    let operators: Operator[]
    before(function () {
        folder = sample.folder() ?? this.skip()
        operators = [sample.operator()]
    })

    const pem = (file: string) => readFileSync(`${folder}/${file}`, "utf8")
    const x1 = (): Anchor => ({
        certificate: parsePem(pem("isrgrootx1.pem"))[0]!,
        role: "issuer",
        source: "node",
        reason: "a test",
    })

    it("downloads each from its operator, and reports those it cannot download", async () => {
        const responses: Record<string, () => Promise<Response>> = {
            [sample.urls.x2]: async () => new Response(pem("isrg-root-x2.pem")),
            [sample.urls.ye]: async () => new Response(pem("root-yr.pem")),
            [sample.urls.yr]: () => Promise.reject(new TypeError("fetch failed")),
        }
        const { found, missing } = await downloadSiblingRoots([x1()], NOW, {
            fetch: url => responses[url]!(),
            operators,
        })
        assert.deepEqual(
            found.map(({ certificate, role, source, reason }) => [certificate.subject, role, source, reason]),
            [
                [
                    sample.subjects.x2,
                    "sibling",
                    "download",
                    `another root of ${operators[0]!.name}, in case it changes its key type or generation`,
                ],
            ],
        )
        assert.deepEqual(
            missing.map(({ root, error }) => [root.subject, error.code]),
            [
                [sample.subjects.ye, "DOWNLOAD_NOT_THE_ROOT"],
                [sample.subjects.yr, "DOWNLOAD_FAILED"],
            ],
        )
    })

    it("does not use the network when the operator is not in the table", async () => {
        const strange = { ...x1(), certificate: { ...x1().certificate, subject: "CN=Private" } }
        const fetch = () => assert.fail("asked")
        assert.deepEqual(await downloadSiblingRoots([strange], NOW, { fetch, operators }), { found: [], missing: [] })
    })
}
