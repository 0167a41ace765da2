/** The part of an image's manifest that the page shows. */
import { AirpinError } from "../../../certs/error.ts"
import type { Manifest } from "../../image/manifest/manifest.ts"

/** Visible to everyone who can load the page. */
export interface ImageFacts {
    /** name of the board for people */
    board: string
    /** version of the firmware */
    firmware: string
    /** the servers that it is pinned to: HOST:PORT */
    hosts: string[]
    anchors: AnchorFacts[]
}

export interface AnchorFacts {
    subject: string
    /** ISO 8601 */
    notAfter: string
}

/**
 * What the page shows about an image.
 *
 * @param sha256 of the image, in lower-case hex
 * @throws AirpinError MANIFEST_STALE if the manifest belongs to another image
 */
export function imageFacts(
    { sha256: manifestSha256, board, firmware, hosts, anchors }: Manifest,
    sha256: string,
): ImageFacts {
    if (manifestSha256 !== sha256) {
        const message = `the manifest belongs to an image with SHA-256 ${manifestSha256}, but this image has ${sha256}`
        throw new AirpinError(
            "MANIFEST_STALE",
            message,
            "make both again: airpin image --board ID; or remove the manifest",
        )
    }
    return {
        board: board.name,
        firmware: firmware.version,
        hosts,
        anchors: anchors.map(({ subject, notAfter }) => ({ subject, notAfter })),
    }
}
