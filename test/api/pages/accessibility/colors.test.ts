import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { contrast, distance, linear, type Rgb, seen, visions } from "../../../support/color-vision.ts"

const css = readFileSync(new URL("../../../../devs/api/page/shared/tokens.css", import.meta.url), "utf8")

/** The colours of a rule, by name, as they are written: "#006058", "light-dark(#ffffff, #1b211e)". */
function declared(selector: string): Record<string, string> {
    const [, rule = ""] = css.split(`${selector} {`)
    return Object.fromEntries(
        [...rule.slice(0, rule.indexOf("}")).matchAll(/--([\w-]+): (.+);/g)].map(([, name = "", value = ""]) => [
            name,
            value,
        ]),
    )
}

function colorsIn(theme: "light" | "dark" | "contrast"): (name: string) => Rgb {
    const texts = { ...declared(":root"), ...(theme === "contrast" && declared(':root[data-theme="contrast"]')) }
    return name => {
        const [first, second = first] = texts[name]?.match(/#[\da-f]{6}\b/g) ?? []
        const hex = theme === "light" ? first : second
        assert.ok(hex, `no colour --${name}`)
        const [red = 0, green = 0, blue = 0] = [1, 3, 5].map(at => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
        return linear([red, green, blue])
    }
}

const levels = ["good", "fair", "poor"]

for (const theme of ["light", "dark", "contrast"] as const)
    describe(`the colours of the pages, ${theme},`, () => {
        const color = colorsIn(theme)
        const grounds = ["page", "card"]

        function requireContrast(atLeast: number, pairs: [ink: string, ground: string][]): void {
            const weak = pairs
                .map(([ink, ground]) => ({ pair: `${ink} on ${ground}`, ratio: contrast(color(ink), color(ground)) }))
                .filter(({ ratio }) => ratio < atLeast)
            assert.deepEqual(weak, [])
        }

        it("give numbers on the fill of their level a contrast of 7 at least (WCAG AAA)", () =>
            requireContrast(
                7,
                [...levels, "silent"].map(level => [`${level}-ink`, level]),
            ))

        it("give text a contrast of 4.5 at least (WCAG AA)", () =>
            requireContrast(4.5, [
                ...grounds.flatMap(ground =>
                    ["ink", "quiet", "accent", "alarm"].map((ink): [string, string] => [ink, ground]),
                ),
                ["accent-ink", "accent"],
            ]))

        it("give frames of fields, the focus and the lines of limits a contrast of 3 at least", () =>
            requireContrast(
                3,
                grounds.flatMap(ground =>
                    ["quiet", "focus", "fair-line", "alarm"].map((ink): [string, string] => [ink, ground]),
                ),
            ))

        for (const [name, vision] of Object.entries(visions))
            it(`tell the levels apart with ${name}`, () => {
                const [good, fair, poor, silent] = [...levels, "silent"].map(level => seen(color(level), vision))
                for (const pair of [distance(good!, fair!), distance(fair!, poor!), distance(good!, poor!)])
                    assert.ok(pair >= 25, `${pair}`)
                for (const level of [good!, fair!, poor!])
                    assert.ok(distance(level, silent!) >= 10, `silent: ${distance(level, silent!)}`)
            })
    })
