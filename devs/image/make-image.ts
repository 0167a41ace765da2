/** From a stock runtime to the image of one device: board, program with settings and Wi-Fi, and certificate bundle. */
import type { BundleEntry } from "../../certs/bundle/bundle.ts"
import { patchBoardConfig } from "./board-config.ts"
import type { Board } from "./boards.ts"
import { findBundle } from "./bundle-region.ts"
import { chips } from "./chip.ts"
import { readFlashImage } from "./flash-image.ts"
import { repin } from "./repin.ts"
import { readPartition, writePartition } from "./runtime-partitions.ts"
import { buildStore, type StoreContents, verifyStore } from "./store-image.ts"

export interface ImageParts {
    /** the runtime's file, and its name */
    runtime: Uint8Array
    runtimeName: string
    board: Board
    contents: Omit<StoreContents, "sizeBytes">
    anchors: BundleEntry[]
}

/**
 * The file to be flashed; the same bytes for the same parts. The runtime given is
 * not touched, and a fresh one has booted from the new store before the file is
 * given out.
 *
 * @throws AirpinError of everything that can be wrong with a runtime, a board, settings and anchors
 */
export async function makeImage({ runtime, runtimeName, board, contents, anchors }: ImageParts): Promise<Buffer> {
    const image = readFlashImage(runtime, runtimeName)
    findBundle(image.bytes, image.apps)
    const settings = { ...chips[board.chip].settings, ...contents.settings }
    const store = { ...contents, settings, sizeBytes: readPartition(image, "fstor").length }
    const withBoard = readFlashImage(await patchBoardConfig(image, board))
    const region = await buildStore(store)
    const pinned = await repin(writePartition(withBoard, "fstor", region), anchors)
    await verifyStore(readPartition(readFlashImage(pinned), "fstor"), store)
    return pinned
}
