/** Bundles, images and new pins, beside Python's cryptography and esptool where they are installed. */
import { writeFileSync } from "node:fs"
import path from "node:path"
import { AirpinError } from "../../../../certs/error.ts"
import { type ImageCost, measureImage } from "../../image.ts"
import { measureBundles } from "../../pin.ts"
import { RUNS, timesOf } from "../../runs.ts"
import { outputOf, programVersion } from "../machine.ts"
import { type BenchContext, type Measured, type Section, skipped } from "../measured.ts"

const BOARD = "m5stack_core"
const IMAGE_IDS = ["image.ms", "image.repin", "image.esptool"]
/** Debian's package has the first name, pip's has had both. */
const ESPTOOL_NAMES = ["esptool", "esptool.py"]

export const trustSection: Section = {
    name: "trust",
    measure: async context => ({ figures: [...(await bundles(context)), ...(await images(context))] }),
}

async function bundles({ onProgress }: BenchContext): Promise<Measured[]> {
    const [all, host] = await measureBundles(name => onProgress(`trust: bundle of ${name}`))
    if (!all || !host) return []
    const hostMs = { id: "bundle.ms", value: host.airpin.medianMs, note: `${host.certificates} anchors` }
    if (!all.python) return [hostMs, ...skipped(["bundle.python"], "Python's cryptography is not installed")]
    if (all.python.sha256 !== all.airpin.sha256) return [hostMs, ...skipped(["bundle.python"], "the bytes differ")]
    const note = `${all.python.medianMs.toFixed(1)} ms beside ${all.airpin.medianMs.toFixed(1)} ms, the same bytes`
    return [hostMs, { id: "bundle.python", value: all.python.medianMs / all.airpin.medianMs, note }]
}

async function images(context: BenchContext): Promise<Measured[]> {
    context.onProgress("trust: an image, and new pins in it")
    try {
        const cost = await measureImage(BOARD, context.firmware)
        const { made, repinned } = cost
        const sizeText = `${cost.runtime.name}, ${(cost.image.length / 1e6).toFixed(1)} MB`
        return [
            { id: "image.ms", value: made.medianMs, note: sizeText },
            {
                id: "image.repin",
                value: made.medianMs / repinned.medianMs,
                note: `${repinned.medianMs.toFixed(0)} ms`,
            },
            ...(await esptool(cost, context)),
        ]
    } catch (error) {
        if (!(error instanceof AirpinError) || error.code !== "RUNTIME_MISSING") throw error
        return skipped(IMAGE_IDS, "no runtime was downloaded; --firmware FILE names one")
    }
}

/** esptool's way to one file of the same size: `merge_bin`, its start included. It neither composes nor checks. */
async function esptool({ image, made }: ImageCost, { resources }: BenchContext): Promise<Measured[]> {
    const names = await Promise.all(
        ESPTOOL_NAMES.map(async name => ((await programVersion(name)) === undefined ? [] : [name])),
    )
    const [program] = names.flat()
    if (program === undefined) return skipped(["image.esptool"], "esptool is not installed")
    const folder = resources.temporaryFolder("bench-esptool")
    const [parts, merged] = [path.join(folder, "parts.bin"), path.join(folder, "merged.bin")]
    writeFileSync(parts, image)
    const times: number[] = []
    for (let run = 0; run < RUNS; run++) {
        const startMs = performance.now()
        await outputOf(program, ["--chip", "esp32", "merge_bin", "-o", merged, "0x1000", parts])
        times.push(performance.now() - startMs)
    }
    const { medianMs } = timesOf(times)
    return [{ id: "image.esptool", value: medianMs / made.medianMs, note: `${medianMs.toFixed(0)} ms` }]
}
