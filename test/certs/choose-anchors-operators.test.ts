import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { encodeBundle } from "../../certs/bundle/bundle.ts"
import { type Anchor, chooseAnchors, chooseAnchorsForPath } from "../../certs/choose-anchors.ts"
import { deviceTrusts } from "../../certs/device.ts"
import type { AirpinError } from "../../certs/error.ts"
import type { Operator } from "../../certs/operators.ts"
import { readCertificateFolder } from "../../certs/read/certificate-folder.ts"
import { missingSiblingRoots } from "../../certs/sibling-roots.ts"
import { type Certificate, parsePem } from "../../certs/x509/certificate.ts"
import { type OperatorSample, operatorSamples } from "../support/operator-samples.ts"

const now = new Date("2026-08-21T00:00:00Z")

for (const sample of operatorSamples) describe(`the chains of ${sample.title}`, () => chainsOf(sample))

function chainsOf(sample: OperatorSample): void {
    const { x1, x2, ye, yr } = sample.commonNames
    let folder: string
    let known: { nodeRoots?: Certificate[]; operators: Operator[]; now: Date }

    before(function () {
        folder = sample.folder() ?? this.skip()
        const nodeRoots = sample.nodeRoots()
        known = { operators: [sample.operator()], now, ...(nodeRoots && { nodeRoots }) }
    })

    const read = (name: string) => parsePem(readFileSync(`${folder}/${name}.pem`, "utf8"))[0]!
    const missing = (anchors: Anchor[], when = now) => missingSiblingRoots(anchors, when, known.operators)

    /** The operator publishes no leaf, so the intermediate takes its place; the host name is checked last. */
    function found(names: string[], roots: string[] = []): string {
        try {
            chooseAnchors(names.map(read), { serverName: "air.test", roots: roots.map(read), ...known })
        } catch (error) {
            return (error as AirpinError).code
        }
        throw new Error("accepted without a leaf")
    }

    it("end in Node's roots, except for those that end in YE or YR", () => {
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

    it("are not signed by each other's keys", () => {
        assert.equal(found(["int-ye1", "root-ye-by-x2"], ["root-x2-by-x1"]), "HOST_MISMATCH")
        assert.equal(found(["int-ye1"], ["root-yr"]), "CHAIN_UNTRUSTED")
    })

    const ecdsaDefault = () => ["int-ye1", "root-ye-by-x2", "root-x2-by-x1"].map(read)
    const commonNames = (anchors: Anchor[]) =>
        anchors.map(({ certificate, role, source }) => [/^CN=([^,]*)/.exec(certificate.subject)![1], role, source])

    /** default and alternate chains as served, without the leaf */
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

    it("need X1, X2, YE and YR, when all are in the folder", async () => {
        const anchors = chooseAnchorsForPath(ecdsaDefault(), {
            roots: [],
            anchorsFolder: await readCertificateFolder(folder),
            ...known,
        })
        assert.deepEqual(commonNames(anchors), [
            [x1, "issuer", "anchors-folder"],
            [ye, "presented", "anchors-folder"],
            [x2, "presented", "anchors-folder"],
            [yr, "sibling", "anchors-folder"],
        ])
        assert.ok(anchors.every(({ certificate }) => certificate.subjectDer.equals(certificate.issuerDer)))
        assert.deepEqual(missing(anchors), [])
        for (const names of published)
            assert.ok(
                trusts(
                    names,
                    anchors.map(({ certificate }) => certificate),
                ),
                names.join(),
            )
    })

    it("are accepted after a switch of path or key type only with all four", () => {
        const survived = (anchors: string[]) => published.filter(names => trusts(names, anchors.map(read))).length
        assert.equal(survived(["isrgrootx1"]), 2)
        assert.equal(survived(["int-ye1", "root-ye-by-x2", "root-x2-by-x1"]), 2)
        assert.equal(trusts(published[0]!, ecdsaDefault()), false)
    })

    it("take the sibling from a cross-sign when it is found nowhere else", () => {
        const anchorsFolder = ["root-yr-by-x1", "old-root-yr-by-x1"].map(read)
        const anchors = chooseAnchorsForPath(ecdsaDefault(), { roots: [], anchorsFolder, ...known })
        assert.deepEqual(commonNames(anchors).at(-1), [yr, "sibling", "anchors-folder"])
        assert.equal(anchors.at(-1)!.certificate, anchorsFolder[0])
    })

    it("leave siblings that Node does not have to the download, and all of them out without siblings", () => {
        const anchors = chooseAnchorsForPath([read("int-yr1"), read("root-yr-by-x1")], { roots: [], ...known })
        assert.deepEqual(commonNames(anchors), [
            [x1, "issuer", "node"],
            [yr, "presented", "presented"],
            [x2, "sibling", "node"],
        ])
        assert.deepEqual(
            missing(anchors).map(({ subject }) => subject),
            [sample.subjects.ye],
        )
        const alone = chooseAnchorsForPath([read("int-yr1"), read("root-yr-by-x1")], {
            roots: [],
            ...known,
            siblings: false,
        })
        assert.deepEqual(
            commonNames(alone).map(([name]) => name),
            [x1, yr],
        )
    })

    it("need no sibling past the operator's end of trust, and none of a backup", () => {
        const [issuer] = chooseAnchorsForPath(ecdsaDefault(), { roots: [], ...known, siblings: false }) as [Anchor]
        const siblings = (anchor: Anchor, when: string) =>
            missing([anchor], new Date(when)).map(({ subject }) => /^CN=([^,]*)/.exec(subject)![1])
        assert.deepEqual(siblings(issuer, "2035-09-03"), [x2, ye, yr])
        assert.deepEqual(siblings(issuer, "2035-09-05"), [ye, yr])
        assert.deepEqual(siblings({ ...issuer, role: "backup" }, "2026-06-01"), [])
    })

    it("ignore an expired or forged certificate of a sibling", () => {
        const root = read("root-yr")
        const forged = { ...root, der: Buffer.concat([root.der.subarray(0, -1), Buffer.of(root.der.at(-1)! ^ 1)]) }
        const expired = { ...root, notAfter: new Date("2026-01-01") }
        const anchors = chooseAnchorsForPath(ecdsaDefault(), { roots: [], anchorsFolder: [forged, expired], ...known })
        assert.deepEqual(
            missing(anchors).map(({ subject }) => subject),
            [root.subject],
        )
    })
}
