import { readdir } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../certs/error.ts"
import { readBoard } from "./boards.ts"

/** Default folder for the images that `airpin image` makes. */
export const BUILD_FOLDER = "build"

/**
 * Path of the image that `airpin image --board ID` has made.
 *
 * @throws AirpinError BOARD_UNKNOWN, BOARD_INVALID, IMAGE_MISSING, IMAGE_AMBIGUOUS
 */
export async function findImage(board: string): Promise<string> {
    const names = await readdir(BUILD_FOLDER).catch(() => []) // a missing folder has no images
    const images = names.filter(
        name => name.startsWith(`${board}-`) && /^-0x[0-9a-f]+\.bin$/.test(name.slice(board.length)),
    )
    const [image, ...others] = images
    if (image === undefined) {
        await readBoard(board)
        throw new AirpinError(
            "IMAGE_MISSING",
            `there is no ${BUILD_FOLDER}/${board}-0x….bin`,
            `make it: airpin image --board ${board}`,
        )
    }
    if (others.length > 0)
        throw new AirpinError("IMAGE_AMBIGUOUS", `there are several images for ${board}: ${images.sort().join(", ")}`)
    return path.join(BUILD_FOLDER, image)
}
