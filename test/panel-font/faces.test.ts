import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { drawGlyph } from "../../devs/panel-font/draw-text.ts"
import { facePieces } from "../../devs/panel-font/face-buffer.ts"
import { type Face, panelFaces } from "../../devs/panel-font/faces.ts"
import { iconCodePoints } from "../../devs/panel-font/icons.ts"
import { fontModules, WRITE_COMMAND } from "../../devs/panel-font/modules.ts"
import type { Bitmap } from "../../devs/panel-font/raster.ts"

/** Level that each glyph reaches somewhere, of 15: an accent alone is thin. */
const MIN_STRONGEST = 13
const MAX_BYTES = 75_000
/** Share of the ink of two digits or icons in which they must differ; nearest come 0 and 6, the circle and the octagon. */
const MIN_DIFFERENCE = 0.2

const faces = panelFaces()
const faceNamed = (name: string): Face => faces.find(face => face.name === name) ?? assert.fail()

function draw(face: Face, codePoint: number): Bitmap {
    const drawn = { width: 60, height: face.height, levels: new Uint8Array(60 * face.height) }
    drawGlyph(drawn, face, codePoint, 0, 0)
    return drawn
}

const EUROPEAN = "äöüßÄÖÜẞàáâãåæçèéêëìíîïñòóôõøœùúûýÿÀÁÂÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕØŒÙÚÛÝŸ¿¡°₂–…·→"
const ASCII = Array.from({ length: 127 - 32 }, (_, index) => String.fromCodePoint(32 + index)).join("")

describe("the panel's faces", () => {
    it(`are written as the skeletons say (else: ${WRITE_COMMAND})`, () => {
        for (const [file, text] of fontModules(faces)) assert.ok(readFileSync(file, "utf8") === text, file)
    })

    it(`take at most ${MAX_BYTES} bytes`, () => {
        const bytes = faces.flatMap(facePieces).reduce((sum, piece) => sum + piece.length, 0)
        assert.ok(bytes <= MAX_BYTES && bytes > MAX_BYTES / 2, `${bytes} bytes`)
    })

    for (const face of faces)
        it(`${face.name}: each glyph has ink of its own, within an even line`, () => {
            assert.equal(face.height % 2, 0)
            const seen = new Map<string, number>()
            for (const { codePoint, ink, left, top, advance } of face.glyphs) {
                if (codePoint === 0x20 || codePoint === 0xa0) continue
                const name = String.fromCodePoint(codePoint)
                const drawn = draw(face, codePoint)
                const key = drawn.levels.join()
                assert.ok(Math.max(...drawn.levels) >= MIN_STRONGEST, `${name} is empty or faint`)
                assert.ok(!seen.has(key), `${name} is drawn as ${String.fromCodePoint(seen.get(key) ?? 0)}`)
                seen.set(key, codePoint)
                assert.ok(
                    left >= 0 &&
                        (left + ink.width <= advance || advance === 0) &&
                        top >= 0 &&
                        top + ink.height <= face.height,
                    name,
                )
            }
        })

    for (const name of ["heading", "text"])
        it(`${name}: has ASCII and the letters of Europe's west`, () => {
            const codePoints = new Set(faceNamed(name).glyphs.map(glyph => glyph.codePoint))
            const missing = [...(ASCII + EUROPEAN)].filter(character => !codePoints.has(character.codePointAt(0) ?? 0))
            assert.deepEqual(missing, [])
        })
})

describe("the large digits", () => {
    const digits = faceNamed("digits").glyphs

    it("are 92 px high, of one width, and five fit into 300 px", () => {
        assert.deepEqual(
            digits.slice(0, 10).map(({ codePoint, advance, top, ink }) => [codePoint, advance, top, ink.height]),
            digits.slice(0, 10).map((_, digit) => [0x30 + digit, 56, 0, 92]),
        )
        assert.equal(digits[10]?.codePoint, 0x2013)
        assert.equal(digits[10]?.advance, 56)
    })

    it(`differ from each other in at least ${100 * MIN_DIFFERENCE} % of their ink`, () => {
        const { pair, share } = mostAlike(
            faceNamed("digits"),
            digits.map(({ codePoint }) => codePoint),
        )
        assert.ok(share >= MIN_DIFFERENCE, `${pair}: ${share}`)
    })
})

describe("the icons", () => {
    it(`differ from each other in at least ${100 * MIN_DIFFERENCE} % of their ink`, () => {
        const { pair, share } = mostAlike(
            faceNamed("icons"),
            iconCodePoints.map(({ codePoint }) => codePoint),
        )
        assert.ok(share >= MIN_DIFFERENCE, `${pair}: ${share}`)
    })

    it("are 20 × 20 px", () => {
        for (const { advance, left, top, ink } of faceNamed("icons").glyphs)
            assert.ok(advance === 20 && left + ink.width <= 20 && top + ink.height <= 20)
    })
})

/** The two glyphs that share most of their ink, and what they do not share of it. */
function mostAlike(face: Face, codePoints: number[]): { pair: string; share: number } {
    const drawn = codePoints.map(codePoint => ({ name: codePoint.toString(16), levels: draw(face, codePoint).levels }))
    const pairs = drawn.flatMap((a, index) =>
        drawn.slice(index + 1).map(b => {
            let differing = 0
            let all = 0
            for (const [at, level] of a.levels.entries()) {
                differing += Math.abs(level - (b.levels[at] ?? 0))
                all += Math.max(level, b.levels[at] ?? 0)
            }
            return { pair: `${a.name} and ${b.name}`, share: differing / all }
        }),
    )
    return pairs.reduce((least, pair) => (pair.share < least.share ? pair : least))
}
