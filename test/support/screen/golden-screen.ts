/** A screen's picture compared with the one in test/fixtures/panel, pixel by pixel. */
import path from "node:path"
import { differenceOf, type Picture, readPng, writePng } from "./pictures.ts"

const GOLDEN_FOLDER = "test/fixtures/panel"
const DIFFERENCE_FOLDER = ".airpin/panel-diff"

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
    const { count, difference } = differenceOf(expected, picture, { threshold: 0, includeAA: true })
    if (count === 0) return
    const base = path.join(DIFFERENCE_FOLDER, name)
    await writePng(`${base}.png`, picture)
    if (difference) await writePng(`${base}-difference.png`, difference)
    throw new Error(
        `${count} pixels of ${name} differ from ${golden}: see ${base}.png${difference ? ` and ${base}-difference.png` : ""}; if it is meant to look so: AIRPIN_WRITE_GOLDEN=1`,
    )
}
