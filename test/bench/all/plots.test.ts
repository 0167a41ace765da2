import assert from "node:assert/strict"
import { drawPlots } from "../../../devs/bench/all/plots.ts"

const figures = ["kept", "closed", "nginx"]
    .flatMap(way => [1, 5, 15, 30].map(batch => ({ id: `wire.${way}.${batch}`, value: 1000 / batch })))
    .concat([1, 5, 60].map(batch => ({ id: `rates.sqlite.${batch}`, value: 0.68 })))

describe("the plots of the benchmark", () => {
    it("are SVG without scripts and references, with the values in the text", async () => {
        const plots = await drawPlots(figures, [
            { atS: 0, readings: 0 },
            { atS: 20, readings: 1_440_000 },
        ])
        assert.deepEqual(
            plots.map(({ name }) => name),
            ["wire.svg", "rates.svg", "recovery.svg"],
        )
        for (const { svg } of plots) {
            assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
            assert.doesNotMatch(svg, /<script|<foreignObject|href=/)
        }
        assert.match(plots[0]!.svg, />1000<\/text>/)
        assert.match(plots[1]!.svg, />0\.68<\/text>/)
    })

    it("leave out what a run does not have", async () => assert.deepEqual(await drawPlots([], undefined), []))
})
