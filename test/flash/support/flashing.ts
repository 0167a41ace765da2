import { type FlashOptions, type FlashReport, flash } from "../../../devs/flash/flasher.ts"
import { openPort, ROM_BAUD } from "../../../devs/flash/serial-port.ts"
import {
    type BootableImage,
    type FlashImage,
    readFlashImage,
    requireBootable,
} from "../../../devs/image/flash-image.ts"
import { buildFirmware, type ChipName, packBundleBe, realRoots } from "../../support/firmware-image.ts"
import { ChipModel, type ChipOptions } from "./chip-model.ts"
import { hasPseudoTerminals } from "./pseudo-terminal.ts"

export const MEGABYTE = 1 << 20

/**
 * Returns a function that plugs in a chip, which is unplugged after the test. Without pseudo-terminals,
 * the suite that calls this is skipped.
 */
export function chipBench(): (options?: ChipOptions) => Promise<ChipModel> {
    const chips: ChipModel[] = []
    before(function () {
        if (!hasPseudoTerminals) this.skip()
    })
    afterEach(() => Promise.all(chips.splice(0).map(chip => chip.unplug())))
    return async options => {
        const chip = await ChipModel.plugIn(options)
        chips.push(chip)
        return chip
    }
}

/** Bootloader, partition table and a small application: about 70 kB, in two blocks; with `dataBytes`, more. */
export function imageFor(chip: ChipName, dataBytes = 0): BootableImage {
    const app = { dataBytes, codeBytes: 0, ramBytes: 1024, bundles: [packBundleBe(realRoots(3))] }
    return requireBootable(readFlashImage(buildFirmware({ chip, apps: [app] })))
}

/** Opens the chip's port, flashes the image, and closes the port. */
export async function flashOnto(
    chip: ChipModel,
    image: FlashImage,
    options: Partial<FlashOptions> = {},
): Promise<FlashReport> {
    const port = await openPort({ path: chip.path })
    try {
        return await flash(port, image, { baud: ROM_BAUD, stub: true, repin: false, ...options })
    } finally {
        await port.release()
    }
}

/** The contents of the chip's flash at the addresses of the image. */
export function contents(chip: ChipModel, { startAt = 0, bytes }: FlashImage): Buffer {
    return chip.flash.subarray(startAt, startAt + bytes.length)
}

/** Waits for all of them, even if one fails, so that none runs on after the test. */
export async function together(work: Promise<void>[]): Promise<void> {
    const failed = (await Promise.allSettled(work)).find(outcome => outcome.status === "rejected")
    if (failed) throw failed.reason
}

export const failsWith = (code: string) => ({ name: "AirpinError", code })
