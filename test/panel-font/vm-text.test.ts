import assert from "node:assert/strict"
import { drawText } from "../../devs/panel-font/draw-text.ts"
import { pixelsOf } from "../../devs/panel-font/face-buffer.ts"
import { panelFaces } from "../../devs/panel-font/faces.ts"
import { buildFirmware } from "../../devs/vm/firmware.ts"
import { functionsEnd } from "../../devs/vm/function-bytecode.ts"
import { type Booted, boot } from "../support/program.ts"

const PROGRAM = "test/fixtures/programs/panel-font.ts"
/** `font.ts` has 600 of them, the rest prints. */
const MAX_FUNCTIONS_END = 1200

const faces = panelFaces()

/** As in `test/fixtures/programs/panel-font.ts`: name, face, text, width of the image, where the text is drawn. */
const texts = [
    ["digits", "digits", "0123456789–?", 700, 2, 0],
    ["heading", "heading", "Fenster öffnen! ÄÖÜß", 300, 1, 0],
    ["text", "text", "21,4 °C CO₂ Ñandú Œuvre \u4e2d…", 240, 0, 0],
    ["left", "heading", "Where it begins", 60, -25, -7],
    ["icons", "icons", "\ue000\ue004\ue00f", 60, 0, 0],
    ["odd", "text", "gjpqy", 40, 3, 5],
] as const

describe("text drawn by the firmware", () => {
    let booted: Booted
    before(async function () {
        this.timeout(60_000)
        booted = await boot(PROGRAM)
        booted.runFor(10_000)
    })

    for (const [name, faceName, text, width, x, y] of texts)
        it(`equals that of this computer pixel for pixel: ${name === "icons" ? name : text}${x < 0 ? ", partly outside" : ""}`, () => {
            const face = faces.find(face => face.name === faceName) ?? assert.fail()
            const image = { width, height: face.height, levels: new Uint8Array(width * face.height) }
            const end = drawText(image, face, text, x, y)
            const lines = booted.log.filter(line => line.startsWith(`> ${name} `)).map(line => line.slice(2))
            assert.equal(lines[0], `${name} end=${end} width=${end - x}`)
            const pixels = lines.slice(1).map(line => line.split(" ")[3])
            assert.equal(pixels.join(""), pixelsOf(image).toString("hex"))
        })

    it(`is a program of at most ${MAX_FUNCTIONS_END} bytes besides the faces`, async () => {
        const { bytecode } = await buildFirmware(PROGRAM)
        const end = functionsEnd(bytecode)
        assert.ok(end <= MAX_FUNCTIONS_END, `${end} bytes`)
    })
})
