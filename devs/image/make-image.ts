/** Turns a stock runtime into the image of one device: board, program, settings, Wi-Fi network, certificate bundle. */
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
    /** contents of the runtime's file, and its name */
    runtime: Uint8Array
    runtimeName: string
    board: Board
    contents: Omit<StoreContents, "sizeBytes">
    anchors: BundleEntry[]
}

/**
 * The image to flash; the same bytes for the same parts. Before it is returned, a runtime in the VM
 * has booted from its store. `runtime` is not modified.
 *
 * @throws AirpinError the errors of {@link readFlashImage}, {@link findBundle}, {@link patchBoardConfig},
 * {@link buildStore}, {@link verifyStore} and {@link repin}
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
