/** What the page says of an image that the image itself does not say: some of the account that `airpin image` writes beside it. */
import { AirpinError } from "../../../certs/error.ts"
import type { Manifest } from "../../image/manifest.ts"

/** All of it may be seen by whoever can load the page. */
export interface ImageFacts {
    /** the board's name for people */
    board: string
    /** version of the firmware */
    firmware: string
    /** the servers that it was pinned to: HOST:PORT */
    hosts: string[]
    anchors: AnchorFacts[]
}

export interface AnchorFacts {
    subject: string
    /** ISO 8601 */
    notAfter: string
}

/**
 * @param sha256 of the image at hand, lower-case hex
 * @throws AirpinError MANIFEST_STALE when the account is about another image
 */
export function imageFacts(
    { sha256: manifestSha256, board, firmware, hosts, anchors }: Manifest,
    sha256: string,
): ImageFacts {
    if (manifestSha256 !== sha256) {
        const message = `the manifest is about an image with SHA-256 ${manifestSha256}, this one has ${sha256}`
        throw new AirpinError(
            "MANIFEST_STALE",
            message,
            "make both anew: airpin image --board ID; or remove the manifest",
        )
    }
    return {
        board: board.name,
        firmware: firmware.version,
        hosts,
        anchors: anchors.map(({ subject, notAfter }) => ({ subject, notAfter })),
    }
}
