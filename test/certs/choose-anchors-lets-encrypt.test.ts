import assert from "node:assert/strict"
import { existsSync, readFileSync } from "node:fs"
import { encodeBundle } from "../../certs/bundle/bundle.ts"
import { readCertificateFolder } from "../../certs/certificate-folder.ts"
import { type Anchor, chooseAnchors, chooseAnchorsForPath } from "../../certs/choose-anchors.ts"
import { deviceTrusts } from "../../certs/device.ts"
import type { AirpinError } from "../../certs/error.ts"
import { missingSiblingRoots } from "../../certs/sibling-roots.ts"
import { type Certificate, parsePem } from "../../certs/x509/certificate.ts"

const LETS_ENCRYPT = "../shared/data/letsencrypt"

describe("the chains of Let's Encrypt", () => {
    const read = (name: string) => parsePem(readFileSync(`${LETS_ENCRYPT}/${name}.pem`, "utf8"))[0]!
    const now = new Date("2026-08-21T00:00:00Z")

    before(function () {
        if (!existsSync(LETS_ENCRYPT)) this.skip()
    })

    /** No leaf is published, so the intermediate stands in for one; the host name is what is checked last. */
    function found(names: string[], roots: string[] = []): string {
        try {
            chooseAnchors(names.map(read), { serverName: "air.test", roots: roots.map(read), now })
        } catch (error) {
            return (error as AirpinError).code
        }
        throw new Error("accepted without a leaf")
    }

    it("end in roots of Node, but for the ones that end in YE or YR", () => {
        assert.equal(found(["int-ye1", "root-ye-by-x2", "root-x2-by-x1"]), "HOST_MISMATCH")
        assert.equal(found(["int-ye2", "root-ye-by-x2"]), "HOST_MISMATCH")
        assert.equal(found(["int-yr1", "root-yr-by-x1"]), "HOST_MISMATCH")
        assert.equal(found(["int-ye1"]), "CHAIN_UNTRUSTED")
        assert.equal(found(["int-yr2"]), "CHAIN_UNTRUSTED")
    })

    it("end in YE and YR when these are given", () => {
        assert.equal(found(["int-ye1"], ["root-ye"]), "HOST_MISMATCH")
        assert.equal(found(["int-yr2"], ["root-yr"]), "HOST_MISMATCH")
    })

    it("have no signature of each other's keys", () => {
        assert.equal(found(["int-ye1", "root-ye-by-x2"], ["root-x2-by-x1"]), "HOST_MISMATCH")
        assert.equal(found(["int-ye1"], ["root-yr"]), "CHAIN_UNTRUSTED")
    })

    const ecdsaDefault = () => ["int-ye1", "root-ye-by-x2", "root-x2-by-x1"].map(read)
    const commonNames = (anchors: Anchor[]) =>
        anchors.map(({ certificate, role, source }) => [/^CN=([^,]*)/.exec(certificate.subject)![1], role, source])

    /** default and alternates as served, the leaf left out */
    const published = [
        ["int-ye1", "root-ye-by-x2", "root-x2-by-x1"],
        ["int-ye2", "root-ye-by-x2"],
        ["int-ye1"],
        ["int-yr1", "root-yr-by-x1"],
        ["int-yr2"],
    ]
    const trusts = (names: string[], anchors: Certificate[]) =>
        deviceTrusts(
            names.map(name => read(name).der),
            encodeBundle(anchors),
        ).accepted

    it("give X1, X2, YE and YR, when all are in the folder", async () => {
        const anchors = chooseAnchorsForPath(ecdsaDefault(), {
            roots: [],
            anchorsFolder: await readCertificateFolder(LETS_ENCRYPT),
            now,
        })
        assert.deepEqual(commonNames(anchors), [
            ["ISRG Root X1", "issuer", "anchors-folder"],
            ["Root YE", "presented", "anchors-folder"],
            ["ISRG Root X2", "presented", "anchors-folder"],
            ["Root YR", "sibling", "anchors-folder"],
        ])
        assert.ok(anchors.every(({ certificate }) => certificate.subjectDer.equals(certificate.issuerDer)))
        assert.deepEqual(missingSiblingRoots(anchors, now), [])
        for (const names of published)
            assert.ok(
                trusts(
                    names,
                    anchors.map(({ certificate }) => certificate),
                ),
                names.join(),
            )
    })

    it("outlive a switch of path or key type with these four only", () => {
        const survived = (anchors: string[]) => published.filter(names => trusts(names, anchors.map(read))).length
        assert.equal(survived(["isrgrootx1"]), 2)
        assert.equal(survived(["int-ye1", "root-ye-by-x2", "root-x2-by-x1"]), 2)
        assert.equal(trusts(published[0]!, ecdsaDefault()), false)
    })

    it("give the sibling from a cross-sign when nothing else has it", () => {
        const anchorsFolder = ["root-yr-by-x1", "old-root-yr-by-x1"].map(read)
        const anchors = chooseAnchorsForPath(ecdsaDefault(), { roots: [], anchorsFolder, now })
        assert.deepEqual(commonNames(anchors).at(-1), ["Root YR", "sibling", "anchors-folder"])
        assert.equal(anchors.at(-1)!.certificate, anchorsFolder[0])
    })

    it("leave the siblings to be looked for that Node does not have, or out when told so", () => {
        const anchors = chooseAnchorsForPath([read("int-yr1"), read("root-yr-by-x1")], { roots: [], now })
        assert.deepEqual(commonNames(anchors), [
            ["ISRG Root X1", "issuer", "node"],
            ["Root YR", "presented", "presented"],
            ["ISRG Root X2", "sibling", "node"],
        ])
        assert.deepEqual(
            missingSiblingRoots(anchors, now).map(({ subject }) => subject),
            ["CN=Root YE, O=ISRG, C=US"],
        )
        const alone = chooseAnchorsForPath([read("int-yr1"), read("root-yr-by-x1")], {
            roots: [],
            now,
            siblings: false,
        })
        assert.deepEqual(
            commonNames(alone).map(([name]) => name),
            ["ISRG Root X1", "Root YR"],
        )
    })

    it("look for no sibling past the operator's own end of trust, nor for one of a backup", () => {
        const [x1] = chooseAnchorsForPath(ecdsaDefault(), { roots: [], now, siblings: false }) as [Anchor]
        const wanted = (anchor: Anchor, when: string) =>
            missingSiblingRoots([anchor], new Date(when)).map(({ subject }) => /^CN=([^,]*)/.exec(subject)![1])
        assert.deepEqual(wanted(x1, "2035-09-03"), ["ISRG Root X2", "Root YE", "Root YR"])
        assert.deepEqual(wanted(x1, "2035-09-05"), ["Root YE", "Root YR"])
        assert.deepEqual(wanted({ ...x1, role: "backup" }, "2026-06-01"), [])
    })

    it("take an expired or forged certificate of a sibling for none", () => {
        const yr = read("root-yr")
        const forged = { ...yr, der: Buffer.concat([yr.der.subarray(0, -1), Buffer.of(yr.der.at(-1)! ^ 1)]) }
        const expired = { ...yr, notAfter: new Date("2026-01-01") }
        const anchors = chooseAnchorsForPath(ecdsaDefault(), { roots: [], anchorsFolder: [forged, expired], now })
        assert.deepEqual(
            missingSiblingRoots(anchors, now).map(({ subject }) => subject),
            [yr.subject],
        )
    })
})
