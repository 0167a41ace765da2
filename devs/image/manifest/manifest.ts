/**
 * The manifest of an image, in a file beside it: what the image was made of, and which anchors it
 * trusts. From it, `pin --check` knows later which servers the devices in the field accept. It has
 * the names of settings, never their values.
 */
import { AirpinError } from "../../../certs/error.ts"
import type { LockedAnchor } from "../../../certs/lock.ts"
import { trustEndOf } from "../../../certs/operators.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import type { BundleRegion } from "../bundle-region.ts"
import { readContents } from "../contents.ts"
import { regionOf, requireBootable } from "../flash-image.ts"
import { addressText } from "../flash-memory.ts"
import { findPartition, type RuntimePartition } from "../runtime-partitions.ts"

export const MANIFEST_VERSION = 1

export interface ManifestAnchor {
    subject: string
    /** lower-case hex */
    spkiSha256: string
    /** ISO 8601, UTC */
    notAfter: string
    /** YYYY-MM-DD: when trust stores are expected to stop trusting it */
    trustEnds?: string
    role: string
}

/** A range of flash. */
export interface ManifestPart {
    address: string
    sizeBytes: number
    sha256: string
}

export interface Manifest {
    version: typeof MANIFEST_VERSION
    /** name of the image file beside it */
    file: string
    /** of the whole image, in lower-case hex */
    sha256: string
    sizeBytes: number
    chip: string
    /** flash address of the first byte */
    startAt: string
    board: { id: string; name: string }
    runtime: { file: string; sha256: string; version?: string; idfVersion?: string }
    firmware: { version: string; sizeBytes: number; sha256: string }
    parts: { application: ManifestPart; boardConfig: ManifestPart; bundle: ManifestPart; store: ManifestPart }
    anchors: ManifestAnchor[]
    /** servers the anchors were chosen for: HOST:PORT */
    hosts: string[]
    /** the bundle's bytes, base64 */
    bundle: string
    /** names in ascending order */
    settings: string[]
    wifi: boolean
    /** commit that the image was made from, with "-dirty" if files were changed; absent outside of git */
    revision?: string
    /** of the API token in the image, lower-case hex: it tells the server whose image it is; absent for other tokens */
    deviceTokenSha256?: string
}

/** The fields of a manifest that cannot be read from the image. */
export interface Origin {
    file: string
    board: Manifest["board"]
    runtime: { file: string; sha256: string }
    pins: Pins
    revision?: string
    deviceTokenSha256?: string
}

/** From the lock: the anchors in the bundle, and the servers they were chosen for. */
export interface Pins {
    anchors: Omit<LockedAnchor, "file">[]
    hosts: string[]
}

/**
 * The manifest of an image that airpin has made. Everything but its origin is read from the image's bytes.
 *
 * @throws AirpinError IMAGE_INCOMPLETE, and those of {@link readContents}
 */
export function createManifest(
    bytes: Buffer,
    { file, board, runtime, pins, revision, deviceTokenSha256 }: Origin,
): Manifest {
    const { image, app, program, bundle, settingNames, hasWifi } = readDeviceImage(bytes, file)
    const part = (at: number, sizeBytes: number): ManifestPart => ({
        address: addressText(image.startAt + at),
        sizeBytes,
        sha256: sha256Of(bytes.subarray(at, at + sizeBytes)),
    })
    const partition = (name: RuntimePartition) => {
        const found = findPartition(image, name)
        return part(found.offset - image.startAt, regionOf(image, found).length)
    }
    const { version, idfVersion } = app.description ?? {}
    return {
        version: MANIFEST_VERSION,
        file,
        sha256: sha256Of(bytes),
        sizeBytes: bytes.length,
        chip: image.chip,
        startAt: addressText(image.startAt),
        board,
        runtime: {
            ...runtime,
            ...(version !== undefined && { version }),
            ...(idfVersion !== undefined && { idfVersion }),
        },
        firmware: {
            version: program.version ?? "unknown",
            sizeBytes: program.bytecode.length,
            sha256: sha256Of(program.bytecode),
        },
        parts: {
            application: part(app.at, app.endAt - app.at),
            boardConfig: partition("dcfg"),
            bundle: part(bundle.at, bundle.sizeBytes),
            store: partition("fstor"),
        },
        ...trustFields(bundleBytes(bytes, bundle), pins),
        settings: settingNames,
        wifi: hasWifi,
        ...(revision !== undefined && { revision }),
        ...(deviceTokenSha256 !== undefined && { deviceTokenSha256 }),
    }
}

/**
 * The manifest of an image after `repin`: only the fields of the bundle and of its application change.
 *
 * @throws AirpinError IMAGE_INCOMPLETE, and those of {@link readContents}
 */
export function repinnedManifest(before: Manifest, bytes: Buffer, pins: Pins): Manifest {
    const { app, bundle } = readDeviceImage(bytes, before.file)
    const inBundle = bundleBytes(bytes, bundle)
    const application = bytes.subarray(app.at, app.endAt)
    return {
        ...before,
        sha256: sha256Of(bytes),
        parts: {
            ...before.parts,
            application: { ...before.parts.application, sha256: sha256Of(application) },
            bundle: { ...before.parts.bundle, sizeBytes: inBundle.length, sha256: sha256Of(inBundle) },
        },
        ...trustFields(inBundle, pins),
    }
}

/** The contents of an image with everything that a device needs. */
function readDeviceImage(bytes: Buffer, file: string) {
    const { program, bundle, ...contents } = readContents(bytes, file)
    const image = requireBootable(contents.image)
    const [app] = image.apps
    if (app && program && bundle) return { ...contents, image, app, program, bundle }
    throw new AirpinError("IMAGE_INCOMPLETE", `${file} contains no ${program ? "certificate bundle" : "program"}`)
}

const bundleBytes = (bytes: Buffer, { at, sizeBytes }: BundleRegion) => bytes.subarray(at, at + sizeBytes)

function trustFields(bundle: Buffer, { anchors, hosts }: Pins): Pick<Manifest, "anchors" | "hosts" | "bundle"> {
    return { anchors: anchors.map(manifestAnchor), hosts, bundle: bundle.toString("base64") }
}

/** An anchor of the lock as the manifest describes it. */
export function manifestAnchor({ certificate, role }: Pins["anchors"][number]): ManifestAnchor {
    const { subject, spkiSha256, notAfter } = certificate
    const trustEnds = trustEndOf(certificate)
    return { subject, spkiSha256, notAfter: notAfter.toISOString(), ...(trustEnds && { trustEnds }), role }
}

/** Tokens as `airpin device add` makes them: 192 random bits, which nobody finds from their hash. */
const DEVICE_TOKEN = /^[A-Za-z0-9_-]{32}$/

/** For `deviceTokenSha256`; undefined for a token that may be short enough to be guessed. */
export function hashOfToken(token = ""): string | undefined {
    return DEVICE_TOKEN.test(token) ? sha256Of(token) : undefined
}
