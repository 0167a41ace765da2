import path from "node:path"
import { formatNames } from "../../certs/bundle/bundle.ts"
import { describeEntry } from "../../certs/bundle/entry.ts"
import { sha256Of } from "../../certs/sha256.ts"
import { readName } from "../../certs/x509/name.ts"
import type { AppImage } from "../image/app-image.ts"
import type { BundleRegion } from "../image/bundle-region.ts"
import { type ImageContents, readContents } from "../image/contents.ts"
import { addressText } from "../image/flash-memory.ts"
import type { Manifest, ManifestAnchor } from "../image/manifest/manifest.ts"
import { bytesText, printable, type Terminal } from "./terminal.ts"
import { anchorCountText } from "./trust.ts"

/** A stock runtime has 121. */
const MAX_ANCHORS_SHOWN = 8
const MB = 1 << 20

/** `airpin image --show`: the contents of any image, without the values of settings. */
export function showImageContents(file: string, bytes: Buffer, terminal: Terminal): void {
    const contents = readContents(bytes, path.basename(file))
    const { image, board, program, settingNames, hasWifi, bundle } = contents
    const { startAt, flashSizeBytes } = image
    const start =
        startAt === undefined || flashSizeBytes === undefined
            ? "an application alone"
            : `from flash address ${addressText(startAt)}, ${flashSizeBytes / MB} MB of flash`
    terminal.line("image", `${file}: ${bytesText(bytes.length)}, ${start}, ${image.chip}`)
    for (const [at, app] of image.apps.entries()) terminal.line(at === 0 ? "runtime" : "", appText(app))
    terminal.line("board", board?.devName === undefined ? "none" : printable(board.devName))
    terminal.line(
        "firmware",
        program
            ? `${printable(program.version ?? "without a version")}, ${bytesText(program.bytecode.length)} of bytecode`
            : "none",
    )
    terminal.line("settings", [...settingNames.map(printable), ...(hasWifi ? ["Wi-Fi"] : [])].join(", ") || "none")
    if (bundle) showBundle(bundle, image.startAt, terminal)
    else terminal.line("bundle", "none")
    terminal.line("sums", "checksums and hashes are valid")
    terminal.result(imageJson(file, bytes, contents))
}

function appText({ description, hashAt }: AppImage): string {
    const { projectName, version, idfVersion } = description ?? {}
    const what = description ? `${projectName} ${version}, ESP-IDF ${idfVersion}` : "without a description"
    return printable(what) + (hashAt === undefined ? ", no hash appended" : "")
}

function showBundle(
    { at, format, sizeBytes, capacityBytes, entries }: BundleRegion,
    startAt: number | undefined,
    terminal: Terminal,
): void {
    const place = startAt === undefined ? `byte ${addressText(at)}` : `flash address ${addressText(startAt + at)}`
    terminal.line(
        "bundle",
        `${bytesText(sizeBytes)} of ${bytesText(capacityBytes)} at ${place}, ${anchorCountText(entries.length)}, for ${formatNames[format]}`,
    )
    for (const [index, { subjectDer }] of entries.slice(0, MAX_ANCHORS_SHOWN).entries())
        terminal.line(index === 0 ? "anchors" : "", readName(subjectDer))
    if (entries.length > MAX_ANCHORS_SHOWN)
        terminal.line("", `and ${entries.length - MAX_ANCHORS_SHOWN} more: --json lists them all`)
}

/** The result with --json. */
function imageJson(
    file: string,
    bytes: Buffer,
    { image, board, program, settingNames, hasWifi, bundle }: ImageContents,
) {
    return {
        file,
        sizeBytes: bytes.length,
        sha256: sha256Of(bytes),
        chip: image.chip,
        startAt: image.startAt ?? null,
        flashSizeBytes: image.flashSizeBytes ?? null,
        runtime: image.apps.map(({ description, at }) => ({ at, ...description })),
        board: board ? { name: board.devName ?? null, productId: board.productId ?? null } : null,
        firmware: program
            ? {
                  name: program.name ?? null,
                  version: program.version ?? null,
                  sizeBytes: program.bytecode.length,
                  sha256: sha256Of(program.bytecode),
              }
            : null,
        settings: settingNames,
        wifi: hasWifi,
        bundle: bundle
            ? {
                  at: bundle.at,
                  format: bundle.format,
                  sizeBytes: bundle.sizeBytes,
                  capacityBytes: bundle.capacityBytes,
                  anchors: bundle.entries.map(describeEntry),
              }
            : null,
    }
}

/** Shows an image that was made for a device. */
export function showNewImage(file: string, manifest: Manifest, warnings: string[], terminal: Terminal): void {
    const { board, runtime, firmware, parts, settings, wifi, chip } = manifest
    terminal.line("image", `${file}: ${bytesText(manifest.sizeBytes)} from flash address ${manifest.startAt}`)
    terminal.line("", terminal.paint("dim", `SHA-256 ${manifest.sha256}`))
    terminal.line("board", `${board.name} (${board.id}), ${chip}`)
    terminal.line("runtime", `${runtime.file}${runtime.version ? `, ${runtime.version}` : ""}`)
    terminal.line(
        "firmware",
        `${firmware.version}, ${bytesText(firmware.sizeBytes)} of bytecode: it has started from this image`,
    )
    terminal.line("settings", [...settings, ...(wifi ? ["Wi-Fi"] : [])].join(", "))
    terminal.line("bundle", `${bytesText(parts.bundle.sizeBytes)} at flash address ${parts.bundle.address}`)
    showManifestAnchors(manifest.anchors, terminal)
    for (const warning of warnings) terminal.warn(warning)
    terminal.line("next", `airpin flash --image ${file}   (it contains your Wi-Fi password and token: keep it private)`)
    terminal.result({ ...manifest, warnings })
}

/** The anchors that a device trusts, and when they expire. */
export function showManifestAnchors(anchors: ManifestAnchor[], terminal: Terminal): void {
    for (const [at, { subject, notAfter, role }] of anchors.entries())
        terminal.line(at === 0 ? "anchors" : "", `${subject}, ${role}, until ${notAfter.slice(0, 10)}`)
}
