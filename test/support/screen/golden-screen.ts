/** A screen's picture compared with the one in test/fixtures/panel, pixel by pixel. */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { decode, encode } from "fast-png"
import pixelmatch from "pixelmatch"

const GOLDEN_FOLDER = "test/fixtures/panel"
const DIFFERENCE_FOLDER = ".airpin/panel-diff"

/** RGBA, row by row. */
export interface Picture {
    width: number
    height: number
    pixels: Uint8Array
}

/**
 * Throws if the picture differs from the golden one in a single pixel; both, and a picture of the difference, are then in
 * .airpin/panel-diff. With AIRPIN_WRITE_GOLDEN=1 the picture becomes the golden one.
 *
 * @param name "m5stack_core/now-good-en"
 */
export async function assertGolden(picture: Picture, name: string): Promise<void> {
    const golden = path.join(GOLDEN_FOLDER, `${name}.png`)
    if (process.env.AIRPIN_WRITE_GOLDEN === "1") return await writePng(golden, picture)
    const expected = await readPng(golden)
    const { width, height, pixels } = picture
    const difference = { width, height, pixels: new Uint8Array(pixels.length) }
    const sameSize = expected?.width === width && expected.height === height
    const options = { threshold: 0, includeAA: true }
    const count = sameSize
        ? pixelmatch(expected.pixels, pixels, difference.pixels, width, height, options)
        : pixels.length / 4
    if (count === 0) return
    const base = path.join(DIFFERENCE_FOLDER, name)
    await writePng(`${base}.png`, picture)
    if (sameSize) await writePng(`${base}-difference.png`, difference)
    throw new Error(
        `${count} pixels of ${name} differ from ${golden}: see ${base}.png${sameSize ? ` and ${base}-difference.png` : ""}; if it is meant to look so: AIRPIN_WRITE_GOLDEN=1`,
    )
}

async function readPng(file: string): Promise<Picture | undefined> {
    const bytes = await readFile(file).catch(() => undefined)
    if (!bytes) return undefined
    const { width, height, data, channels } = decode(bytes)
    if (channels === 4 && data instanceof Uint8Array) return { width, height, pixels: data }
    const pixels = new Uint8Array(width * height * 4)
    for (let at = 0; at < width * height; at++) {
        pixels.set(data.subarray(at * channels, at * channels + 3), 4 * at)
        pixels[4 * at + 3] = 0xff
    }
    return { width, height, pixels }
}

/** Without the transparency that no screen has, which makes the file smaller. */
async function writePng(file: string, { width, height, pixels }: Picture): Promise<void> {
    const rgb = new Uint8Array(width * height * 3)
    for (let at = 0; at < width * height; at++) rgb.set(pixels.subarray(4 * at, 4 * at + 3), 3 * at)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, encode({ width, height, data: rgb, channels: 3 }))
}
