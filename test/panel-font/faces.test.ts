import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { facePieces } from "../../devs/panel-font/face-buffer.ts"
import { type Face, panelFaces } from "../../devs/panel-font/faces.ts"
import { fontModules, WRITE_COMMAND } from "../../devs/panel-font/modules.ts"

const MAX_BYTES = 60_000
/** Share of the pixels of two digits' inks together in which they must differ; 6 and 8 are the nearest. */
const MIN_DIFFERENCE = 0.15

const faces = panelFaces()
const faceNamed = (name: string): Face => faces.find(face => face.name === name) ?? assert.fail()

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
                const key = JSON.stringify([left, top, ink.width, ...ink.levels])
                assert.ok(Math.max(...ink.levels) >= 14, `${name} is empty or faint`)
                assert.ok(!seen.has(key), `${name} is drawn as ${String.fromCodePoint(seen.get(key) ?? 0)}`)
                seen.set(key, codePoint)
                assert.ok(left >= 0 && left + ink.width <= advance && top >= 0 && top + ink.height <= face.height, name)
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
        const inked = digits.map(({ left, top, ink }) => {
            const cells = new Map<number, number>()
            for (const [index, level] of ink.levels.entries())
                cells.set((top + Math.floor(index / ink.width)) * 100 + left + (index % ink.width), level)
            return cells
        })
        const shares = inked.flatMap((a, i) =>
            inked.slice(i + 1).map((b, j) => {
                const cells = [...new Set([...a.keys(), ...b.keys()])]
                const levels = cells.map(cell => [a.get(cell) ?? 0, b.get(cell) ?? 0] as const)
                const differing = levels.reduce((sum, [p, q]) => sum + Math.abs(p - q), 0)
                const all = levels.reduce((sum, [p, q]) => sum + Math.max(p, q), 0)
                return { pair: `${i} and ${i + 1 + j}`, share: differing / all }
            }),
        )
        const nearest = shares.reduce((least, share) => (share.share < least.share ? share : least))
        assert.ok(nearest.share >= MIN_DIFFERENCE, JSON.stringify(nearest))
    })
})
