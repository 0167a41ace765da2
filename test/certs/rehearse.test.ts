import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { encodeBundle } from "../../certs/bundle/bundle.ts"
import { deviceAccepts, deviceTrusts } from "../../certs/device.ts"
import { type ChainKind, mistakes, type PossibleChain, possibleChains } from "../../certs/possible-chains.ts"
import { isRisk, rehearseChains } from "../../certs/rehearse.ts"
import { type Certificate, parsePem } from "../../certs/x509/certificate.ts"
import {
    INTER,
    inter,
    interFields,
    interKey,
    LEAF,
    leaf,
    leafFields,
    ROOT,
    rootFields,
    rootKey,
    strangeKey,
} from "../support/device-verdict.ts"
import { hasCode } from "../support/error-code.ts"
import { ca, dn, ec, keyUsage, mint, packBundle, rsa, schemes, spkiOf } from "../support/mint.ts"
import { certify, leafBy, mintOperator } from "../support/operator.ts"
import { operatorSamples } from "../support/operator-samples.ts"

const now = new Date("2026-09-01T00:00:00Z")

function readOperator(folder: string): Record<string, Certificate> {
    const files = readdirSync(folder).filter(name => name.endsWith(".pem"))
    return Object.fromEntries(
        files.map(name => [name.slice(0, -".pem".length), parsePem(readFileSync(path.join(folder, name), "utf8"))[0]!]),
    )
}

/** The chains that the operator publishes: default and alternates, for both intermediates of each key type. */
const SHAPES: Record<string, string[][]> = {
    "ECDSA default, to X1": [
        ["int-ye1", "root-ye-by-x2", "root-x2-by-x1"],
        ["int-ye2", "root-ye-by-x2", "root-x2-by-x1"],
    ],
    "ECDSA alternate, to X2": [
        ["int-ye1", "root-ye-by-x2"],
        ["int-ye2", "root-ye-by-x2"],
    ],
    "ECDSA alternate, to YE": [["int-ye1"], ["int-ye2"]],
    "RSA default, to X1": [
        ["int-yr1", "root-yr-by-x1"],
        ["int-yr2", "root-yr-by-x1"],
    ],
    "RSA alternate, to YR": [["int-yr1"], ["int-yr2"]],
}
const DEFAULT_ECDSA = SHAPES["ECDSA default, to X1"]![0]!
const CHOSEN = ["isrgrootx1", "isrg-root-x2", "root-ye", "root-yr"]

for (const sample of operatorSamples) {
    describe(`rehearse with the certificates of ${sample.title}`, () => {
        let world: Record<string, Certificate>
        before(function () {
            world = readOperator(sample.folder() ?? this.skip())
        })
        const pick = (names: string[]) => names.map(name => world[name]!)
        const setOf = (names: string[]) => ({ name: "set", bundle: encodeBundle(pick(names)) })
        let thought: PossibleChain[]
        const rows = (names: string[]) => {
            thought ??= possibleChains({ served: pick(DEFAULT_ECDSA), known: Object.values(world), now })
            return rehearseChains(thought, [setOf(names)], "")
        }
        const verdicts = (anchors: string[], chains: string[][]) =>
            chains.map(
                chain =>
                    deviceTrusts(
                        pick(chain).map(({ der }) => der),
                        setOf(anchors).bundle,
                    ).accepted,
            )

        for (const [shape, chains] of Object.entries(SHAPES)) {
            it(`X1, X2, YE and YR survive the chain ${shape}`, () => {
                assert.deepEqual(verdicts(CHOSEN, chains), [true, true])
            })
            it(`it derives the chain ${shape} by itself`, () => {
                const namesOf = (chain: Certificate[]) =>
                    chain.map(({ subject, issuer }) => `${subject} by ${issuer}`).join()
                const known = rows(CHOSEN).map(({ certificates }) => namesOf(certificates))
                for (const chain of chains) assert.ok(known.includes(namesOf(pick(chain))))
            })
        }

        it("X1, X2, YE and YR survive all other chains that the known certificates allow", () => {
            assert.deepEqual(rows(CHOSEN).filter(isRisk), [])
        })

        it("X1 alone survives only the chains that end below it", () => {
            assert.deepEqual(
                Object.values(SHAPES).map(chains => verdicts(["isrgrootx1"], chains)[0]),
                [true, false, false, true, false],
            )
            assert.ok(rows(["isrgrootx1"]).some(isRisk))
        })

        it("the served certificates as anchors do not even accept the chain they were taken from", () => {
            const [served] = rows(DEFAULT_ECDSA)
            assert.deepEqual(
                [served!.kind, served!.verdicts[0]!.accepted, served!.verdicts[0]!.error],
                ["served", false, "-0x3000"],
            )
        })
    })
}

describe("certs/possible-chains", () => {
    const world = mintOperator()
    const known = Object.values(world)
    const leafOf = leafBy("YE1")
    const served = [leafOf, ...DEFAULT_ECDSA.map(name => world[name]!)]
    const commonName = (subject: string) => /CN=([^,]*)/.exec(subject)![1]!
    const show = ({ kind, label, certificates }: PossibleChain) => [
        label ?? kind,
        [...certificates.map(({ subject }) => subject), certificates.at(-1)!.issuer].map(commonName).join(" "),
    ]

    it("lists the served chain, its cuts, and the operator's other intermediates with either key type", () => {
        assert.deepEqual(possibleChains({ served, known, now }).map(show), [
            ["served", "leaf.test YE1 YE X2 X1"],
            ["shorter", "leaf.test YE1 YE X2"],
            ["shorter", "leaf.test YE1 YE"],
            ["next", "YE2 YE X2 X1"],
            ["next", "YE2 YE X2"],
            ["next", "YE2 YE"],
            ["other-key", "YR1 YR X1"],
            ["other-key", "YR1 YR"],
            ["other-key", "YR2 YR X1"],
            ["other-key", "YR2 YR"],
        ])
    })

    it("lists longer paths than the served one", () => {
        const short = [leafOf, world["int-ye1"]!]
        assert.deepEqual(possibleChains({ served: short, known, now }).slice(0, 3).map(show), [
            ["served", "leaf.test YE1 YE"],
            ["alternate", "leaf.test YE1 YE X2 X1"],
            ["alternate", "leaf.test YE1 YE X2"],
        ])
    })

    it("lists each mistake", () => {
        assert.deepEqual(mistakes({ served, known, now }).map(show), [
            ["leaf only", "leaf.test YE1"],
            ["reversed", "leaf.test X2 YE YE1 YE"],
            ["root sent", "leaf.test YE1 YE X2 X1 X1"],
            ["TLS 1.3 only", "leaf.test YE1 YE X2 X1"],
        ])
    })

    it("lists no reversed chain of one intermediate, and no leaf only without a leaf", () => {
        const labels = (chain: Certificate[]) => mistakes({ served: chain, known: [], now }).map(({ label }) => label)
        assert.deepEqual(labels(served.slice(0, 2)), ["leaf only", "TLS 1.3 only"])
        assert.deepEqual(labels(served.slice(1)), ["TLS 1.3 only"])
    })

    it("leaves out expired certificates and those of another organisation", () => {
        const expired = certify("YE2", "YE", {
            notAfter: Buffer.concat([Buffer.of(0x17, 13), Buffer.from("260831000000Z")]),
        })
        const foreign = certify("YE2", "YE", { organisation: "Other" })
        const chains = possibleChains({ served, known: [world["root-ye"]!, expired, foreign], now })
        assert.deepEqual(kinds(chains), ["served", "shorter", "shorter"])
    })

    it("terminates when two CAs have signed each other", () => {
        const chains = possibleChains({
            served: served.slice(0, 2),
            known: [...known, certify("X2", "YE"), certify("X1", "YR")],
            now,
        })
        assert.ok(chains.length < 40)
    })

    it("refuses a folder that allows more than 1,000 chains", () => {
        const copies = (of: string, by: string) => Array.from({ length: 11 }, () => certify(of, by))
        const many = [world["isrgrootx1"]!, ...copies("YE", "X2"), ...copies("X2", "YR"), ...copies("YR", "X1")]
        assert.throws(
            () => possibleChains({ served: served.slice(0, 2), known: many, now }),
            hasCode("REHEARSAL_TOO_LARGE"),
        )
    })

    it("refuses an empty chain", () => {
        assert.throws(() => possibleChains({ served: [], known, now }), hasCode("CHAIN_EMPTY"))
    })

    it("checks the host name of chains with a leaf, and does not count mistakes", () => {
        const set = { name: "all", bundle: encodeBundle(CHOSEN.map(name => world[name]!)) }
        const all = [...possibleChains({ served, known, now }), ...mistakes({ served, known, now })]
        const rowsFor = (host: string) => rehearseChains(all, [set], host)
        assert.deepEqual(rowsFor("leaf.test").filter(isRisk), [])
        assert.deepEqual(kinds(rowsFor("other.test").filter(isRisk)), ["served", "shorter", "shorter"])
        const errors = rowsFor("leaf.test")
            .filter(({ kind }) => kind === "mistake")
            .map(({ label, verdicts }) => [label, verdicts[0]!.error])
        assert.deepEqual(errors, [
            ["leaf only", "-0x3000"],
            ["reversed", undefined],
            ["root sent", undefined],
            ["TLS 1.3 only", "-0x7780"],
        ])
    })

    it("shows an intermediate once when it was issued twice alike", () => {
        const twice = possibleChains({ served, known: [...known, certify("YE2", "YE", { pathLength: 0 })], now })
        assert.equal(twice.length, 13)
        assert.equal(
            rehearseChains(twice, [{ name: "X1", bundle: encodeBundle([world["isrgrootx1"]!]) }], "leaf.test").length,
            10,
        )
    })
})

describe("deviceTrusts decides on the CAs as deviceAccepts does with a leaf in front", () => {
    const weakKey = rsa(1024)
    const upperKey = ec()
    const upper = mint({ ...rootFields, subject: dn("Upper"), key: upperKey, extensions: [ca(0)] })
    const wideUpper = mint({ ...rootFields, subject: dn("Upper"), key: upperKey, extensions: [ca(1)] })
    const lower = mint({ ...interFields, issuer: dn("Upper"), signer: upperKey })
    const weakInter = mint({ ...interFields, key: weakKey })
    const sha1Inter = mint({ ...interFields, scheme: schemes.ecdsaSha1 })
    const selfIssued = mint({ ...rootFields, subject: INTER, issuer: INTER, key: interKey, signer: interKey })
    const ladder = (length: number) => {
        const keys = [interKey, ...Array.from({ length: length - 1 }, () => ec()), rootKey]
        const names = [INTER, ...Array.from({ length: length - 1 }, (_, at) => dn(`Step ${at}`)), ROOT]
        return keys
            .slice(0, -1)
            .map((key, at) =>
                mint({ ...rootFields, subject: names[at]!, issuer: names[at + 1]!, key, signer: keys[at + 1]! }),
            )
    }
    const pinned = packBundle([ROOT, spkiOf(rootKey)])
    const cases: [what: string, cas: Buffer[], leaf: Buffer, expected: string | undefined, bundle?: Buffer][] = [
        ["the root is pinned", [inter], leaf, undefined],
        ["nothing is pinned that is asked for", [inter], leaf, "-0x3000", packBundle([LEAF, spkiOf(strangeKey)])],
        ["another key is pinned under the name", [inter], leaf, "-0x3000", packBundle([ROOT, spkiOf(strangeKey)])],
        ["the intermediate is pinned and sent", [inter], leaf, "-0x3000", packBundle([INTER, spkiOf(interKey)])],
        ["the upper intermediate allows one below", [lower, wideUpper], leaf, undefined],
        ["the upper intermediate allows none below, so the path stops", [lower, upper], leaf, "-0x3000"],
        ["the issuing key is too short", [weakInter], mint({ ...leafFields, signer: weakKey }), "-0x2700"],
        ["SHA-1 stands at the top", [sha1Inter], leaf, undefined],
        [
            "SHA-1 stands below the top",
            [mint({ ...interFields, issuer: dn("Upper"), signer: upperKey, scheme: schemes.ecdsaSha1 }), wideUpper],
            leaf,
            "-0x2700",
        ],
        [
            "a signature in the middle is bad",
            [mint({ ...interFields, issuer: dn("Upper"), signer: strangeKey }), wideUpper],
            leaf,
            "-0x3000",
        ],
        ["the issuing CA has signed itself too", [selfIssued, inter], leaf, undefined],
        ["there are 8 intermediates", ladder(8), leaf, undefined],
        ["there are 9 intermediates", ladder(9), leaf, "-0x3000"],
        ["the bundle does not load", [inter], leaf, "-0x7680", Buffer.alloc(6)],
    ]
    for (const [what, cas, leaf, expected, bundle = pinned] of cases) {
        it(`where ${what}`, () => {
            const whole = deviceAccepts([leaf, ...cas], bundle, "leaf.test")
            const part = deviceTrusts(cas, bundle)
            assert.deepEqual([part.accepted, part.error], [expected === undefined, expected], part.reason)
            assert.deepEqual(
                [part.accepted, part.error, part.flags],
                [whole.accepted, whole.error, whole.flags],
                part.reason,
            )
            assert.deepEqual(part.path, whole.path.slice(1))
        })
    }

    it("and refuses a chain whose first certificate may not issue others", () => {
        const noSigner = mint({ ...interFields, extensions: [ca(), keyUsage(0x80)] })
        for (const chain of [[], [leaf, inter], [noSigner], [Buffer.alloc(200)]])
            assert.throws(() => deviceTrusts(chain, pinned), hasCode("NOT_A_CA"))
    })
})

const kinds = (chains: { kind: ChainKind }[]) => chains.map(({ kind }) => kind)
