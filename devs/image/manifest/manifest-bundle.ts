/** Compares the bundle in a manifest with what the manifest says about it. */
import { decodeBundle } from "../../../certs/bundle/bundle.ts"
import { describeEntry } from "../../../certs/bundle/entry.ts"
import { AirpinError, asAirpinError } from "../../../certs/error.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import type { Manifest } from "./manifest.ts"

/**
 * Throws unless the manifest has the bundle that its image was made with, whose entries are its anchors.
 *
 * @throws AirpinError MANIFEST_CORRUPT
 */
export function verifyManifestBundle({ bundle, parts, anchors }: Manifest, name: string): void {
    const bytes = Buffer.from(bundle, "base64")
    if (sha256Of(bytes) !== parts.bundle.sha256) throw corrupt(name, "its bundle was changed: the SHA-256 differs")
    const inBundle = entriesOf(bytes, name)
    const named = anchors.map(({ spkiSha256 }) => spkiSha256)
    const missing = anchors.find(({ spkiSha256 }) => !inBundle.includes(spkiSha256))
    if (missing) throw corrupt(name, `its bundle has no key of the anchor ${missing.subject}`)
    if (inBundle.some(key => !named.includes(key))) throw corrupt(name, "its bundle has keys that no anchor has")
}

/** SHA-256 of each key in the bundle. */
function entriesOf(bundle: Buffer, name: string): string[] {
    try {
        return decodeBundle(bundle).map(entry => describeEntry(entry).spkiSha256)
    } catch (error) {
        throw corrupt(name, `its bundle is damaged: ${asAirpinError(error).message}`)
    }
}

const corrupt = (name: string, why: string) => new AirpinError("MANIFEST_CORRUPT", `${name} is damaged: ${why}`)
