import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import {
    type Catalogue,
    type Figure,
    FLOORS_FILE,
    figuresOf,
    parseCatalogue,
    readCatalogue,
} from "../../../devs/bench/all/catalogue.ts"
import { compareRun, verdictOf } from "../../../devs/bench/all/compare.ts"
import { replaceRecorded } from "../../../devs/bench/all/markdown.ts"
import { recordedFloors } from "../../../devs/bench/all/record.ts"
import { hasCode } from "../../support/error-code.ts"

const README = "devs/bench/README.md"

const lower: Figure = { what: "bytes", unit: "B", recorded: 100, tolerance: 0.02, better: "lower", why: "counted" }
const higher: Figure = { what: "ratio", unit: "", recorded: 0.5, tolerance: 0.5, better: "higher", why: "timed" }

const SAMPLE = `/* a comment */
{
    measuredOn: "nothing",
    groups: [{ title: "T", about: "A.", figures: {
        "a.1": { what: "one", unit: "B", recorded: 100, tolerance: 0.02, better: "lower", why: "because" }, // kept
        "a.10": { what: "ten", unit: "", recorded: null, better: "higher", why: "because" },
    } }],
}
`

describe("the floors of the benchmark", () => {
    it("are those of the table in the README", async () => {
        const readme = readFileSync(README, "utf8")
        assert.equal(replaceRecorded(readme, await readCatalogue(FLOORS_FILE)), readme)
    })

    it("have a recorded value for each figure, but for that of a program which no machine had", async () => {
        const figures = [...figuresOf(await readCatalogue(FLOORS_FILE))]
        const missing = figures.filter(([, { recorded }]) => recorded === null).map(([id]) => id)
        assert.deepEqual(missing, ["image.esptool"])
    })

    for (const [value, verdict] of [
        [100, "equal"],
        [102, "equal"],
        [98, "equal"],
        [102.1, "below"],
        [97.9, "better"],
        [undefined, "skipped"],
    ] as const)
        it(`call ${value} beside 100 ${verdict}, where less is better and 2 % are allowed`, () =>
            assert.equal(verdictOf(lower, value), verdict))

    for (const [value, verdict] of [
        [0.25, "equal"],
        [0.24, "below"],
        [0.76, "better"],
    ] as const)
        it(`call ${value} beside 0.5 ${verdict}, where more is better and half of it is allowed`, () =>
            assert.equal(verdictOf(higher, value), verdict))

    it("allow no refusal where none was recorded and nothing is allowed", () => {
        const none: Figure = { ...lower, recorded: 0, tolerance: 0 }
        assert.deepEqual([verdictOf(none, 0), verdictOf(none, 1)], ["equal", "below"])
    })

    it("do not compare what depends on the machine, or was never recorded", () => {
        const { tolerance: _, ...speed } = lower
        assert.deepEqual([verdictOf(speed, 1e6), verdictOf({ ...lower, recorded: null }, 1e6)], ["speed", "new"])
    })

    it("refuse a figure that they do not have", () => {
        const catalogue: Catalogue = parseCatalogue(SAMPLE, "sample")
        assert.throws(() => compareRun(catalogue, [{ id: "b", value: 1 }]), /no figure b/)
    })

    it("take the values of a run and keep everything else", () => {
        const measured = [
            { id: "a.1", value: 98.76543 },
            { id: "a.10", value: 7 },
        ]
        const expected = SAMPLE.replace("recorded: 100", "recorded: 98.77")
            .replace("recorded: null", "recorded: 7")
            .replace('"nothing"', `"a 'machine'"`)
        assert.equal(recordedFloors(SAMPLE, measured, 'a "machine"'), expected)
        assert.equal(recordedFloors(SAMPLE, [{ id: "a.1", skipped: "missing" }], "nothing"), SAMPLE)
    })

    for (const [what, from, to] of [
        ["is no JSON5", "{\n", "{{\n"],
        ["has no reason", ', why: "because" }, // kept', " }, // kept"],
        ["has a tolerance of 1 or more", "0.02", "1.5"],
        ["does not say which way is better", '"lower"', '"less"'],
        ["has a text as its value", "recorded: 100", 'recorded: "100"'],
    ] as const)
        it(`are refused where a figure ${what}`, () =>
            assert.throws(() => parseCatalogue(SAMPLE.replace(from, to), "sample"), hasCode("FLOORS_INVALID")))
})
