/**
 * The account of an image, beside it: what it was made of, and whom it trusts.
 * With it a later `pin --check` knows what the devices in the field accept. It
 * holds the names of settings and never a value.
 */
import { AirpinError } from "../../certs/error.ts"
import type { LockedAnchor } from "../../certs/lock.ts"
import { trustEndOf } from "../../certs/operators.ts"
import { sha256Of } from "../../certs/sha256.ts"
import { readContents } from "./contents.ts"
import { regionOf } from "./flash-image.ts"
import { addressText } from "./flash-memory.ts"
import { findPartition, type RuntimePartition } from "./runtime-partitions.ts"

const MANIFEST_VERSION = 1

export interface ManifestAnchor {
    subject: string
    /** lower-case hex */
    spkiSha256: string
    /** ISO 8601, UTC */
    notAfter: string
    /** YYYY-MM-DD until which trust stores are expected to trust it */
    trustEnds?: string
    role: string
}

/** Bytes of the flash, and where they begin. */
export interface ManifestPart {
    address: string
    sizeBytes: number
    sha256: string
}

export interface Manifest {
    version: typeof MANIFEST_VERSION
    /** name of the image beside it */
    file: string
    /** of the whole image, lower-case hex */
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
    /** names, ascending */
    settings: string[]
    wifi: boolean
    /** commit of the project the image was made from; absent outside of git; "-dirty" behind it when files were changed */
    revision?: string
}

/** What the image itself does not say. */
export interface Origin {
    file: string
    board: Manifest["board"]
    runtime: { file: string; sha256: string }
    pins: Pins
    revision?: string
}

/** Of the lock: the anchors in the bundle, and for which servers. */
export interface Pins {
    anchors: Omit<LockedAnchor, "file">[]
    hosts: string[]
}

/** The account of an image that was made here: everything that can be read from its bytes is. */
export function createManifest(bytes: Buffer, { file, board, runtime, pins, revision }: Origin): Manifest {
    const { image, program, settingNames, hasWifi, bundle } = readContents(bytes, file)
    const startAt = image.startAt!
    const [app] = image.apps
    const part = (at: number, sizeBytes: number): ManifestPart => ({
        address: addressText(startAt + at),
        sizeBytes,
        sha256: sha256Of(bytes.subarray(at, at + sizeBytes)),
    })
    const partition = (name: RuntimePartition) => {
        const found = findPartition(image, name)
        return part(found.offset - startAt, regionOf(image, found).length)
    }
    return {
        version: MANIFEST_VERSION,
        file,
        sha256: sha256Of(bytes),
        sizeBytes: bytes.length,
        chip: image.chip,
        startAt: addressText(startAt),
        board,
        runtime: {
            ...runtime,
            ...(app!.description && { version: app!.description.version, idfVersion: app!.description.idfVersion }),
        },
        firmware: {
            version: program!.version ?? "unknown",
            sizeBytes: program!.bytecode.length,
            sha256: sha256Of(program!.bytecode),
        },
        parts: {
            application: part(app!.at, app!.endAt - app!.at),
            boardConfig: partition("dcfg"),
            bundle: part(bundle!.at, bundle!.sizeBytes),
            store: partition("fstor"),
        },
        ...trustFields(bytes.subarray(bundle!.at, bundle!.at + bundle!.sizeBytes), pins),
        settings: settingNames,
        wifi: hasWifi,
        ...(revision !== undefined && { revision }),
    }
}

/** The account after another bundle was put in: the rest of it stays. */
export function repinnedManifest(before: Manifest, bytes: Buffer, pins: Pins): Manifest {
    const { image, bundle } = readContents(bytes, before.file)
    const bundleBytes = bytes.subarray(bundle!.at, bundle!.at + bundle!.sizeBytes)
    const application = bytes.subarray(image.apps[0]!.at, image.apps[0]!.endAt)
    return {
        ...before,
        sha256: sha256Of(bytes),
        parts: {
            ...before.parts,
            application: { ...before.parts.application, sha256: sha256Of(application) },
            bundle: { ...before.parts.bundle, sizeBytes: bundleBytes.length, sha256: sha256Of(bundleBytes) },
        },
        ...trustFields(bundleBytes, pins),
    }
}

function trustFields(bundle: Buffer, { anchors, hosts }: Pins): Pick<Manifest, "anchors" | "hosts" | "bundle"> {
    return { anchors: anchors.map(manifestAnchor), hosts, bundle: bundle.toString("base64") }
}

/** An anchor of the lock as the account has it. */
export function manifestAnchor({ certificate, role }: Pins["anchors"][number]): ManifestAnchor {
    const { subject, spkiSha256, notAfter } = certificate
    const trustEnds = trustEndOf(certificate)
    return { subject, spkiSha256, notAfter: notAfter.toISOString(), ...(trustEnds && { trustEnds }), role }
}

/**
 * An account as it stands in a file.
 *
 * @throws AirpinError MANIFEST_CORRUPT
 */
export function parseManifest(text: string, fileName: string): Manifest {
    const manifest = parseJson(text)
    const { version, file, sha256, board, firmware, hosts, bundle, anchors } = manifest
    const texts = [file, sha256, bundle, Object(board).name, Object(firmware).version]
    if (version === MANIFEST_VERSION && texts.every(isText) && isList(hosts, isText) && isList(anchors, isAnchor))
        return manifest as unknown as Manifest
    throw new AirpinError(
        "MANIFEST_CORRUPT",
        `${fileName} is no manifest of an image`,
        "make the image anew: airpin image --board ID; or remove the file",
    )
}

function parseJson(text: string): Record<string, unknown> {
    try {
        return Object(JSON.parse(text)) as Record<string, unknown>
    } catch {
        return {}
    }
}

const isText = (value: unknown): value is string => typeof value === "string"
const isList = (value: unknown, isItem: (item: unknown) => boolean) => Array.isArray(value) && value.every(isItem)
const isAnchor = (value: unknown) => ["subject", "spkiSha256", "notAfter"].every(key => isText(Object(value)[key]))
