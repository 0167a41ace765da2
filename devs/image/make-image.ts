/** Turns a stock runtime into the image of one device: board, program, settings, Wi-Fi network, certificate bundle. */
import type { BundleEntry } from "../../certs/bundle/bundle.ts"
import { patchBoardConfig } from "./board-config.ts"
import type { Board } from "./boards.ts"
import { findBundle } from "./bundle-region.ts"
import { chips } from "./chip.ts"
import { type FlashImage, readFlashImage } from "./flash-image.ts"
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

/** What all devices of a board have in common: runtime, board configuration and bundle, but an empty store. */
export interface ImageBase {
    board: Board
    image: FlashImage
}

/**
 * The image to flash; the same bytes for the same parts. Before it is returned, a runtime in the VM
 * has booted from its store. `runtime` is not modified.
 *
 * @throws AirpinError the errors of {@link makeBase} and {@link withStore}
 */
export async function makeImage({ contents, ...parts }: ImageParts): Promise<Buffer> {
    return withStore(await makeBase(parts), contents)
}

/** @throws AirpinError the errors of {@link readFlashImage}, {@link findBundle}, {@link patchBoardConfig} and {@link repin} */
export async function makeBase(parts: Omit<ImageParts, "contents">): Promise<ImageBase> {
    const { runtime, runtimeName, board, anchors } = parts
    const image = readFlashImage(runtime, runtimeName)
    findBundle(image.bytes, image.apps)
    return { board, image: readFlashImage(await repin(await patchBoardConfig(image, board), anchors)) }
}

/**
 * A device's image: the base with its store. It takes a tenth of a second, in which the VM boots from the store.
 *
 * @throws AirpinError the errors of {@link buildStore} and {@link verifyStore}
 */
export async function withStore({ board, image }: ImageBase, contents: ImageParts["contents"]): Promise<Buffer> {
    const settings = { ...chips[board.chip].settings, ...contents.settings }
    const store = { ...contents, settings, sizeBytes: readPartition(image, "fstor").length }
    const made = writePartition(image, "fstor", await buildStore(store))
    await verifyStore(readPartition(readFlashImage(made), "fstor"), store)
    return made
}
