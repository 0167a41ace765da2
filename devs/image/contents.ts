/** The contents of any flash image, whether airpin made it or not: board, runtime, program, bundle, settings. */
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
    /** absent if none was written, or if the image is not a DeviceScript runtime */
    board?: BoardConfig
    /** absent if the store has none, or if the image is not a DeviceScript runtime */
    program?: Program
    /** in ascending order, without their values, which are for the device only */
    settingNames: string[]
    hasWifi: boolean
    /** absent if the image has none */
    bundle?: BundleRegion
}

/** A DeviceScript program. */
export interface Program {
    bytecode: Buffer
    /** as its compiler wrote it into the bytecode; undefined if it did not */
    name: string | undefined
    version: string | undefined
}

/**
 * The contents of the file, verified.
 *
 * @throws AirpinError BUNDLE_AMBIGUOUS, and the errors of a damaged part
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

/** The value, or undefined if this error is thrown. */
function unless<T>(code: string, read: () => T): T | undefined {
    try {
        return read()
    } catch (error) {
        if (error instanceof AirpinError && error.code === code) return undefined
        throw error
    }
}

const CONFIG_MAGIC = Buffer.from("DCFG")

/** The compiler stores both in the bytecode as a board configuration (DeviceScript `compiler/src/compiler.ts`). */
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
