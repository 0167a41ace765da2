import { stat } from "node:fs/promises"
import path from "node:path"
import type { AnchorRole } from "../../certs/anchor.ts"
import { type BundleEntry, decodeBundle, encodeBundle } from "../../certs/bundle/bundle.ts"
import { readLock } from "../../certs/lock.ts"
import { isCertificateFile, readCertificates, requireNotForeign } from "../../certs/read/certificates.ts"
import type { Certificate } from "../../certs/x509/certificate.ts"
import { readFileBytes } from "../files.ts"
import { deviceBundle } from "../image/device-bundle.ts"
import { isFlashImage, readFlashImage } from "../image/flash-image.ts"
import { requireNoForeignBundle } from "../image/foreign-image.ts"

/** Anchors from a file or folder that the user names. */
export interface AnchorFile {
    /** the path given */
    name: string
    /** the bundle as flashed */
    bundle: Buffer
    /** empty for an invalid bundle */
    entries: BundleEntry[]
    /** empty for a bundle or an image: they contain only names and keys */
    certificates: { certificate: Certificate; role?: AnchorRole }[]
}

/**
 * Reads a folder of pins, certificates in any form, which are the anchors, a flash image, or a bundle.
 *
 * @throws AirpinError
 */
export async function readAnchorFile(name: string): Promise<AnchorFile> {
    if ((await stat(name).catch(() => undefined))?.isDirectory())
        return fromCertificates(name, (await readLock(name)).anchors)
    const bytes = await readFileBytes(name)
    if (isFlashImage(bytes))
        return { name, ...deviceBundle(readFlashImage(bytes, path.basename(name))), certificates: [] }
    if (isCertificateFile(bytes))
        return fromCertificates(
            name,
            readCertificates(bytes, name).map(certificate => ({ certificate })),
        )
    requireNotForeign(bytes, name)
    requireNoForeignBundle(bytes, name)
    return { name, bundle: bytes, entries: entriesOf(bytes), certificates: [] }
}

function fromCertificates(name: string, certificates: AnchorFile["certificates"]): AnchorFile {
    const bundle = encodeBundle(certificates.map(({ certificate }) => certificate))
    return { name, bundle, entries: decodeBundle(bundle), certificates }
}

/** The entries; empty for an invalid bundle, because the chip loads some of those too. */
function entriesOf(bundle: Buffer): BundleEntry[] {
    try {
        return decodeBundle(bundle)
    } catch {
        return []
    }
}
