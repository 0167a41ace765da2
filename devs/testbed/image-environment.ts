/** A device that boots from a flash image: program, settings and trust come from its bytes alone. */
import path from "node:path"
import type { BundleEntry } from "../../certs/bundle/bundle.ts"
import { AirpinError } from "../../certs/error.ts"
import { readFileBytes } from "../files.ts"
import { type BoardConfig, readBoardConfig } from "../image/board-config.ts"
import { deviceBundle } from "../image/device-bundle.ts"
import { readFlashImage } from "../image/flash-image.ts"
import { readStore } from "../image/fstor.ts"
import { readPartition } from "../image/runtime-partitions.ts"
import { refusalOf } from "../image/settings/setting-rules.ts"
import { programOf, settingsOf } from "../image/store-entries.ts"
import type { SimEnvironment } from "./sim-environment.ts"

/** What the image holds. */
export interface BootedImage {
    file: string
    board: BoardConfig | undefined
    ssid: string | undefined
    url: string | undefined
    anchors: BundleEntry[]
    bytecodeBytes: number
    /** why the device uses a default instead of a setting; never contains a token or a password */
    refusedSettings: string[]
}

/** @throws AirpinError IMAGE_WITHOUT_PROGRAM, and as the functions that read the image's parts */
export async function openImageEnvironment(
    file: string,
): Promise<{ contents: BootedImage; environment: SimEnvironment }> {
    const image = readFlashImage(await readFileBytes(file), path.basename(file))
    const store = readPartition(image, "fstor")
    const entries = readStore(store)
    const bytecode = programOf(entries)
    if (!bytecode) throw new AirpinError("IMAGE_WITHOUT_PROGRAM", `the store in ${file} holds no program`)
    const settings = settingsOf(entries)
    const { bundle, entries: anchors } = deviceBundle(image)
    const board = readBoardConfig(readPartition(image, "dcfg"))
    return {
        contents: {
            file,
            board,
            ssid: entries.get("wifi_ssid")?.toString(),
            url: settings.API_URL,
            anchors,
            bytecodeBytes: bytecode.length,
            refusedSettings: Object.entries(settings).flatMap(([name, value]) => refusalOf(name, value)?.message ?? []),
        },
        environment: {
            url: settings.API_URL,
            chip: image.chip,
            boardName: board?.devName,
            bundle,
            anchorCount: anchors.length,
            program: async () => ({ bytecodeBytes: bytecode.length, memory: async () => ({ store }) }),
            fetchRecords: async () => ({ summary: {} }),
            close: async () => undefined,
        },
    }
}
