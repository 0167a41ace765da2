import { readdir } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../certs/error.ts"

/** Where `airpin image` puts what it makes. */
export const BUILD_FOLDER = "build"

/**
 * The file that `airpin image --board ID` has made.
 *
 * @throws AirpinError IMAGE_MISSING, IMAGE_AMBIGUOUS
 */
export async function findImage(board: string): Promise<string> {
    const names = await readdir(BUILD_FOLDER).catch(() => []) // no folder, no image
    const images = names.filter(
        name => name.startsWith(`${board}-`) && /^-0x[0-9a-f]+\.bin$/.test(name.slice(board.length)),
    )
    const [image, ...others] = images
    if (image === undefined)
        throw new AirpinError(
            "IMAGE_MISSING",
            `no ${BUILD_FOLDER}/${board}-0x….bin`,
            `make it: airpin image --board ${board}`,
        )
    if (others.length > 0)
        throw new AirpinError(
            "IMAGE_AMBIGUOUS",
            `several images for ${board}: ${images.sort().join(", ")}`,
            "remove all but one, or name one with --image",
        )
    return path.join(BUILD_FOLDER, image)
}
