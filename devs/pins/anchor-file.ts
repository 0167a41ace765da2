import { stat } from "node:fs/promises"
import path from "node:path"
import type { AnchorRole } from "../../certs/anchor.ts"
import { type BundleEntry, decodeBundle, encodeBundle } from "../../certs/bundle/bundle.ts"
import { readLock } from "../../certs/lock.ts"
import { type Certificate, parsePem } from "../../certs/x509/certificate.ts"
import { readFileBytes } from "../files.ts"
import { deviceBundle } from "../image/device-bundle.ts"
import { isFlashImage, readFlashImage } from "../image/flash-image.ts"

/** Anchors as a user names them. */
export interface AnchorFile {
    /** the path given */
    name: string
    /** as flashed */
    bundle: Buffer
    /** none for a bundle that is not as it should be */
    entries: BundleEntry[]
    /** a bundle alone has none: there are only names and keys in it */
    certificates: { certificate: Certificate; role?: AnchorRole }[]
}

/** A folder of pins, PEM certificates taken as anchors, a flash image, or a bundle's own bytes. Throws AirpinError. */
export async function readAnchorFile(name: string): Promise<AnchorFile> {
    if ((await stat(name).catch(() => undefined))?.isDirectory())
        return fromCertificates(name, (await readLock(name)).anchors)
    const bytes = await readFileBytes(name)
    if (isFlashImage(bytes))
        return { name, ...deviceBundle(readFlashImage(bytes, path.basename(name))), certificates: [] }
    if (!bytes.includes("-----BEGIN CERTIFICATE-----"))
        return { name, bundle: bytes, entries: entriesOf(bytes), certificates: [] }
    return fromCertificates(
        name,
        parsePem(bytes.toString()).map(certificate => ({ certificate })),
    )
}

function fromCertificates(name: string, certificates: AnchorFile["certificates"]): AnchorFile {
    const bundle = encodeBundle(certificates.map(({ certificate }) => certificate))
    return { name, bundle, entries: decodeBundle(bundle), certificates }
}

/** The chip loads more than is right, so a fault here is not the last word. */
function entriesOf(bundle: Buffer): BundleEntry[] {
    try {
        return decodeBundle(bundle)
    } catch {
        return []
    }
}
