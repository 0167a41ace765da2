/** A setting that a device's image has in its store, such as its token. */
import { type FlashImage, requireBootable } from "./flash-image.ts"
import { readStore } from "./fstor.ts"
import { readPartition } from "./runtime-partitions.ts"

/** Undefined if the image does not have it, or it is empty. @throws AirpinError as `readStore` */
export function settingInImage(image: FlashImage, name: string): string | undefined {
    return storedSetting(readPartition(requireBootable(image), "fstor"), name)
}

/** The same of a store. @throws AirpinError as `readStore` */
export function storedSetting(store: Buffer, name: string): string | undefined {
    const stored = readStore(store).get(`:${name}`)
    const value: unknown = stored && JSON.parse(stored.toString())
    return typeof value === "string" && value !== "" ? value : undefined
}
