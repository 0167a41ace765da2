import { Option } from "@commander-js/extra-typings"
import { decodeBundle, encodeBundle, formatNames, formatOf } from "../../certs/bundle/bundle.ts"
import { describeEntry } from "../../certs/bundle/entry.ts"
import { readLock } from "../../certs/lock.ts"
import { bytesText, type Terminal } from "../display/terminal.ts"
import { anchorCountText } from "../display/trust.ts"
import { writeWhole } from "../files.ts"
import { type AnchorFile, readAnchorFile } from "../pins/anchor-file.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "./command.ts"

const declared = command()
    .option("--pinned <folder>", "the folder of the anchors", "certs/pinned")
    .option("--out <file>", "the bundle", "build/x509_crt_bundle")
    .addOption(
        new Option("--format <name>", "for ESP-IDF v5.0 to v5.3, or for v5.4 and later")
            .choices(["idf50", "idf54"])
            .default("idf50"),
    )
    .option(
        "--show <file>",
        "show a bundle of either format, or the bundle of certificates or of an image; write nothing",
    )

type BundleOptions = OptionsOf<typeof declared>

export const definition = declared.action(run((terminal, options) => bundle(options, terminal)))

/** `airpin bundle`: writes the pinned anchors as the bundle bytes for the flash image; with --show, lists a bundle. */
export const bundle: Command<BundleOptions> = async (options, terminal) => {
    if (options.show) showBundle(await readAnchorFile(options.show), terminal)
    else await writeBundle(options, terminal)
    return exitCodes.fine
}

async function writeBundle({ pinned, out, format }: BundleOptions, terminal: Terminal): Promise<void> {
    const { anchors } = await readLock(pinned)
    const bytes = encodeBundle(
        anchors.map(anchor => anchor.certificate),
        format,
    )
    await writeWhole(out, bytes)
    terminal.line(
        "bundle",
        `${out}: ${anchorCountText(anchors.length)}, ${bytesText(bytes.length)}, for ${formatNames[format]}`,
    )
    terminal.result({ file: out, format, anchors: anchors.length, sizeBytes: bytes.length })
}

function showBundle({ name: file, bundle: bytes }: AnchorFile, terminal: Terminal): void {
    const format = formatOf(bytes)
    const anchors = decodeBundle(bytes).map(describeEntry)
    terminal.line(
        "bundle",
        `${file}: ${anchorCountText(anchors.length)}, ${bytesText(bytes.length)}, for ${formatNames[format]}`,
    )
    for (const [at, { subject, spkiSha256 }] of anchors.entries()) {
        terminal.line(at === 0 ? "anchors" : "", subject)
        terminal.line("", terminal.paint("dim", `SPKI SHA-256 ${spkiSha256}`))
    }
    terminal.result({ file, format, sizeBytes: bytes.length, anchors })
}
