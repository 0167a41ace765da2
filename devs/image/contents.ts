/** What is in a flash image, of airpin or not: board, runtime, program, trust and settings. */
import { AirpinError } from "../../certs/error.ts"
import { type BoardConfig, readBoardConfig } from "./board-config.ts"
import { type BundleRegion, findBundle } from "./bundle-region.ts"
import { type FlashImage, readFlashImage } from "./flash-image.ts"
import { isErased } from "./flash-memory.ts"
import { readStore, type StoreEntries } from "./fstor.ts"
import { type RuntimePartition, readPartition } from "./runtime-partitions.ts"
import { programOf, settingsOf } from "./store-entries.ts"

export interface ImageContents {
    image: FlashImage
    /** absent where no configuration was written, or in an image of another kind */
    board?: BoardConfig
    /** absent where nothing is in the store, or in an image of another kind */
    program?: Program
    /** names, ascending; their values are for the device only */
    settingNames: string[]
    hasWifi: boolean
    /** absent where the image has none */
    bundle?: BundleRegion
}

/** A program of DeviceScript. */
export interface Program {
    bytecode: Buffer
    /** as its compiler stamped it; undefined where it did not */
    name: string | undefined
    version: string | undefined
}

/**
 * Everything that is in the file, verified.
 *
 * @throws AirpinError of the parts, when one of them is damaged; BUNDLE_AMBIGUOUS
 */
export function readContents(file: Uint8Array, fileName?: string): ImageContents {
    const image = readFlashImage(file, fileName)
    const config = ownPartition(image, "dcfg")
    const store = ownPartition(image, "fstor")
    const board = config && readBoardConfig(config)
    const entries: StoreEntries = store && !isErased(store) ? readStore(store) : new Map()
    const bytecode = programOf(entries)
    const bundle = bundleOf(image)
    return {
        image,
        ...(board && { board }),
        ...(bytecode && { program: { bytecode, ...stampOf(bytecode) } }),
        settingNames: Object.keys(settingsOf(entries)).sort(),
        hasWifi: entries.has("wifi_ssid"),
        ...(bundle && { bundle }),
    }
}

const ownPartition = (image: FlashImage, name: RuntimePartition) =>
    unless("PARTITION_MISSING", () => readPartition(image, name))

const bundleOf = ({ bytes, apps }: FlashImage) => unless("BUNDLE_NOT_FOUND", () => findBundle(bytes, apps))

/** undefined in place of this error. */
function unless<T>(code: string, read: () => T): T | undefined {
    try {
        return read()
    } catch (error) {
        if (error instanceof AirpinError && error.code === code) return undefined
        throw error
    }
}

const CONFIG_MAGIC = Buffer.from("DCFG")

/** The compiler puts name and version into the program in the form of a board configuration (DeviceScript `compiler/src/compiler.ts`). */
function stampOf(bytecode: Buffer): Pick<Program, "name" | "version"> {
    const at = bytecode.indexOf(CONFIG_MAGIC)
    const entries =
        at === -1 ? undefined : unless("BOARD_CONFIG_DAMAGED", () => readBoardConfig(bytecode.subarray(at)))?.entries
    const text = (key: string) => {
        const value = entries?.get(key)
        return typeof value === "string" ? value : undefined
    }
    return { name: text("@name"), version: text("@version") }
}
