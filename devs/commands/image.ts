/** `airpin image`: makes the image for a board, replaces its bundle (--repin), or shows it (--show). */
import { rm } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../certs/error.ts"
import { PRIVATE_MODE } from "../../certs/replace-file.ts"
import { sha256Of } from "../../certs/sha256.ts"
import { showImageContents, showManifestAnchors, showNewImage } from "../display/image.ts"
import { bytesText, type Terminal } from "../display/terminal.ts"
import { transferText } from "../display/transfer.ts"
import { readFileBytes, writeWhole } from "../files.ts"
import { mainFileFor } from "../image/board-program.ts"
import { type Board, readBoard } from "../image/boards.ts"
import { chips } from "../image/chip.ts"
import { gitRevision } from "../image/git-revision.ts"
import { BUILD_FOLDER } from "../image/image-file.ts"
import { makeImage } from "../image/make-image.ts"
import {
    createManifest,
    hashOfToken,
    type Manifest,
    manifestAnchor,
    repinnedManifest,
} from "../image/manifest/manifest.ts"
import { manifestName, readManifest } from "../image/manifest/manifest-file.ts"
import { repin } from "../image/repin.ts"
import { getRuntime } from "../image/runtime/runtime-download.ts"
import { type DeviceEnv, readDeviceEnv } from "../image/settings/device-env.ts"
import { shownPins } from "../image/settings/pinned-text.ts"
import { type PinnedSet, readPins } from "../pins/image-pins.ts"
import { projectDirectory } from "../vm/build-cache.ts"
import { buildFirmware } from "../vm/firmware.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "./command.ts"

const SETTINGS_HELP = `
Settings are NAME=value lines of .env.defaults, .env.local and --env; the last one counts, and .env.defaults explains
each. They are read by the rules of dotenv: put a value with # or quotes in it between two '. A value that the device
would not use is refused. The runtime joins no hidden Wi-Fi network: the network must broadcast its name.`

const declared = command()
    .option(
        "--board <id>",
        "make an image for this board of boards/: the runtime of its chip with program, settings, Wi-Fi and pins",
    )
    .option("--firmware <file>", "the runtime, devicescript-….bin (default: downloaded once, and kept)")
    .option("--accept", "use a runtime that changed under its name, and lock it")
    .option("--env <file>", "settings of this one device, over those of .env.local")
    .option("--pinned <folder>", "the folder of the anchors", "certs/pinned")
    .option("--out <file>", "the image (default: build/<board>-0x….bin; with --repin the file itself)")
    .option("--repin <file>", "put the pins into an image made earlier; change nothing else in it")
    .option("--show <file>", "show board, program, anchors, bundle capacity and checksums of any image; write nothing")
    .addHelpText("after", () => SETTINGS_HELP)

type ImageOptions = OptionsOf<typeof declared>

export const definition = declared.action(run((terminal, options) => image(options, terminal)))

export const image: Command<ImageOptions> = async (options, terminal) => {
    const { board, repin, show } = options
    const isOne = [board, repin, show].filter(Boolean).length === 1
    if (isOne && show) showImageContents(show, await readFileBytes(show), terminal)
    else if (isOne && repin) await repinFile(repin, options, terminal)
    else if (isOne && board) await makeFor(await readBoard(board), options, terminal)
    else {
        throw new AirpinError(
            "IMAGE_NOT_NAMED",
            "the command needs exactly one of --board ID, --repin FILE, --show FILE",
            "see airpin image --help",
        )
    }
    return exitCodes.fine
}

async function makeFor(board: Board, options: ImageOptions, terminal: Terminal): Promise<void> {
    const device = await readDeviceEnv(projectDirectory, options.env)
    const pins = await readPins(options.pinned)
    const runtime = await openRuntime(board, options, terminal)
    terminal.progress("compiling the firmware …")
    const { bytecode } = await buildFirmware(mainFileFor(board))
    terminal.progress("patching the image and booting from it …")
    const anchors = pins.anchors.map(({ certificate }) => certificate)
    const settings = { ...device.settings, ...shownPins(board, anchors) }
    const bytes = await makeImage({
        runtime: runtime.bytes,
        runtimeName: runtime.name,
        board,
        contents: { bytecode, settings, ...(device.wifi && { wifi: device.wifi }) },
        anchors,
    })
    const out =
        options.out ?? path.join(BUILD_FOLDER, `${board.id}-0x${chips[board.chip].bootloaderAt.toString(16)}.bin`)
    const revision = await gitRevision(projectDirectory)
    const deviceTokenSha256 = hashOfToken(device.settings.API_TOKEN)
    const manifest = createManifest(bytes, {
        file: path.basename(out),
        board: { id: board.id, name: board.devName },
        runtime: { file: runtime.name, sha256: sha256Of(runtime.bytes) },
        pins,
        ...(revision && { revision }),
        ...(deviceTokenSha256 && { deviceTokenSha256 }),
    })
    await write(out, bytes, manifest)
    showNewImage(out, manifest, [...device.warnings, ...settingWarnings(device, pins), ...pins.warnings], terminal)
}

async function openRuntime(
    board: Board,
    { firmware, accept }: ImageOptions,
    terminal: Terminal,
): Promise<{ name: string; bytes: Buffer }> {
    if (firmware) return { name: path.basename(firmware), bytes: await readFileBytes(firmware) }
    const beganAtMs = performance.now()
    const show = (doneBytes: number, totalBytes: number | undefined) => {
        const seconds = (performance.now() - beganAtMs) / 1000
        terminal.progress(
            totalBytes
                ? transferText({ doneBytes, totalBytes }, seconds)
                : `the runtime for ${board.chip}: ${bytesText(doneBytes)}`,
        )
    }
    const runtime = await getRuntime(board.chip, { accept: accept ?? false, onProgress: show })
    if (runtime.recorded) terminal.line("recorded", `${runtime.name} in boards/runtimes.json: review and commit it`)
    return runtime
}

/** The image first, so that a new manifest is never beside an old image. */
async function write(file: string, bytes: Buffer, manifest: Manifest): Promise<void> {
    await writeWhole(file, bytes, PRIVATE_MODE)
    await writeWhole(manifestName(file), `${JSON.stringify(manifest, null, 4)}\n`)
}

/** Writes an image without a manifest, and removes the one of an earlier image of this name. */
async function writeAlone(file: string, bytes: Buffer, terminal: Terminal): Promise<void> {
    await writeWhole(file, bytes, PRIVATE_MODE)
    const name = manifestName(file)
    const wasThere = await rm(name).then(
        () => true,
        () => false,
    )
    if (wasThere) terminal.warn(`removed ${name}, which belonged to another image`)
}

function settingWarnings({ settings, wifi }: DeviceEnv, { hosts }: PinnedSet): string[] {
    const missing = ["API_URL", "API_TOKEN"].filter(name => !settings[name])
    const host = settings.API_URL && hostOf(settings.API_URL)
    return [
        ...(missing.length > 0
            ? [
                  `${missing.join(" and ")} not set: the device will measure, but send nothing; next: put it into .env.local`,
              ]
            : []),
        ...(host && !hosts.includes(host)
            ? [`the pins were chosen for ${hosts.join(", ")}, but API_URL is at ${host}; next: airpin pin ${host}`]
            : []),
        ...(wifi ? [] : ["WIFI_SSID not set: the device will not join a network; next: put it into .env.local"]),
    ]
}

/** HOST:PORT, as in the lock; the text itself if it is not a URL. */
function hostOf(url: string): string {
    if (!URL.canParse(url)) return url
    const { hostname, port } = new URL(url)
    return `${hostname.replace(/^\[|\]$/g, "")}:${port || "443"}`
}

async function repinFile(file: string, options: ImageOptions, terminal: Terminal): Promise<void> {
    const pins = await readPins(options.pinned)
    const old = await readFileBytes(file)
    const bytes = await repin(
        old,
        pins.anchors.map(({ certificate }) => certificate),
        path.basename(file),
    )
    const out = options.out ?? file
    const manifest = await readManifest(file)
    if (manifest?.sha256 === sha256Of(old))
        await write(out, bytes, repinnedManifest({ ...manifest, file: path.basename(out) }, bytes, pins))
    else await writeAlone(out, bytes, terminal)
    terminal.line("image", `${out}: ${bytesText(bytes.length)}, with a new bundle, otherwise unchanged`)
    showManifestAnchors(pins.anchors.map(manifestAnchor), terminal)
    for (const warning of pins.warnings) terminal.warn(warning)
    terminal.line("next", `airpin flash --image ${out} --repin`)
    terminal.result({
        file: out,
        sha256: sha256Of(bytes),
        anchors: pins.anchors.map(({ certificate }) => certificate.subject),
        warnings: pins.warnings,
    })
}
