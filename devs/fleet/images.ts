/** The images of a class set. What the devices of a board have in common is compiled and patched once. */
import { readFile } from "node:fs/promises"
import path from "node:path"
import { makeFolder, PRIVATE_FOLDER_MODE, PRIVATE_MODE } from "../../certs/replace-file.ts"
import { sha256Of } from "../../certs/sha256.ts"
import { writeWhole } from "../files.ts"
import { mainFileFor } from "../image/board-program.ts"
import type { Board } from "../image/boards.ts"
import { type Chip, chips } from "../image/chip.ts"
import { type FlashImage, readFlashImage } from "../image/flash-image.ts"
import { type ImageBase, makeBase, withStore } from "../image/make-image.ts"
import { createManifest, hashOfToken } from "../image/manifest/manifest.ts"
import { manifestName } from "../image/manifest/manifest-file.ts"
import type { DeviceEnv } from "../image/settings/device-env.ts"
import { shownPins } from "../image/settings/pinned-text.ts"
import type { EnvSettings } from "../image/store-entries.ts"
import { settingInImage } from "../image/stored-setting.ts"
import type { PinnedSet } from "../pins/image-pins.ts"
import { buildTogether } from "../vm/compile-together.ts"
import type { FleetDevice } from "./list/check-list.ts"
import type { FleetState, ImageRecord } from "./state.ts"

export interface Runtime {
    name: string
    bytes: Buffer
}

/** What all images of a class set are made of. */
export interface ImageSources {
    env: DeviceEnv
    /** where the devices post to */
    apiUrl: string
    pins: PinnedSet
    revision: string | undefined
    runtimeOf(chip: Chip): Promise<Runtime>
    onCompile(): void
    onImage(done: number, total: number): void
}

export interface ImageRun {
    made: number
    /** of an earlier run, made of the same */
    kept: number
    /** compiling the programs, or taking them from the cache */
    compileMs: number
    /** everything after that */
    imageMs: number
}

interface Prepared {
    bytecode: Buffer
    runtime: Runtime
    base: ImageBase
}

/** Path of an image. */
export const imageFile = (state: FleetState, { file }: ImageRecord): string => path.join(state.folder, file)

/**
 * Makes the images that are missing or out of date.
 *
 * @param tokenOf asked for a device whose image is missing
 * @throws AirpinError what `airpin image` throws
 */
export async function makeImages(
    devices: FleetDevice[],
    state: FleetState,
    sources: ImageSources,
    tokenOf: (name: string) => Promise<string>,
): Promise<ImageRun> {
    const run: ImageRun = { made: 0, kept: 0, compileMs: 0, imageMs: 0 }
    await makeFolder(path.join(state.folder, "images"), PRIVATE_FOLDER_MODE)
    let beganAtMs = performance.now()
    sources.onCompile()
    const programs = await buildTogether(devices.map(({ board }) => mainFileFor(board)))
    run.compileMs = performance.now() - beganAtMs
    beganAtMs = performance.now()
    const bases = new Map<string, Prepared>()
    for (const device of devices) {
        const { board, name } = device
        const prepared = bases.get(board.id) ?? (await prepare(board, programs, sources))
        bases.set(board.id, prepared)
        const made = await makeOne(device, state, sources, prepared, () => tokenOf(name))
        run[made ? "made" : "kept"]++
        sources.onImage(run.made + run.kept, devices.length)
    }
    run.imageMs = performance.now() - beganAtMs
    return run
}

async function prepare(board: Board, programs: Map<string, Buffer>, sources: ImageSources): Promise<Prepared> {
    const bytecode = programs.get(mainFileFor(board)) ?? Buffer.alloc(0)
    const runtime = await sources.runtimeOf(board.chip)
    const anchors = sources.pins.anchors.map(({ certificate }) => certificate)
    return {
        bytecode,
        runtime,
        base: await makeBase({ runtime: runtime.bytes, runtimeName: runtime.name, board, anchors }),
    }
}

/** False if the image of an earlier run is the same. */
async function makeOne(
    device: FleetDevice,
    state: FleetState,
    { env, apiUrl, pins, revision }: ImageSources,
    { bytecode, runtime, base }: Prepared,
    newToken: () => Promise<string>,
): Promise<boolean> {
    const { board, name } = device
    const record = state.of(name)
    const present = await presentImage(state, record.image)
    const token = (present && settingInImage(present, "API_TOKEN")) ?? (await newToken())
    const wifi = device.wifi ?? env.wifi
    const anchors = pins.anchors.map(({ certificate }) => certificate)
    const settings = {
        ...env.settings,
        API_URL: apiUrl,
        ...device.settings,
        API_TOKEN: token,
        ...shownPins(board, anchors),
    }
    const recipe = sha256Of(
        JSON.stringify([board.definition, settings, wifi, sha256Of(bytecode), sha256Of(base.image.bytes)]),
    )
    if (record.image?.recipe === recipe) return false
    const withSettings = (all: EnvSettings) => withStore(base, { bytecode, settings: all, ...(wifi && { wifi }) })
    if (present && record.image && state.isFlashed(name)) {
        // a re-pin changes the bundle, and not the anchors' names that a screen shows: the chip's readings are worth more
        const shown = settingInImage(present, "PINNED")
        const repinned = await withSettings({ ...settings, ...(shown !== undefined && { PINNED: shown }) })
        if (sha256Of(repinned) === record.image.sha256) {
            await state.change(name, { image: { ...record.image, recipe } })
            return false
        }
    }
    const bytes = await withSettings(settings)
    const file = path.join("images", `${record.id}-0x${chips[board.chip].bootloaderAt.toString(16)}.bin`)
    const target = path.join(state.folder, file)
    const deviceTokenSha256 = hashOfToken(token)
    const manifest = createManifest(bytes, {
        file: path.basename(file),
        board: { id: board.id, name: board.devName },
        runtime: { file: runtime.name, sha256: sha256Of(runtime.bytes) },
        pins,
        ...(revision && { revision }),
        ...(deviceTokenSha256 && { deviceTokenSha256 }),
    })
    await writeWhole(target, bytes, PRIVATE_MODE)
    await writeWhole(manifestName(target), `${JSON.stringify(manifest, null, 4)}\n`)
    await state.change(name, { image: { file, sha256: manifest.sha256, board: board.id, recipe } })
    return true
}

/** The image of an earlier run; undefined if it is gone or damaged. */
async function presentImage(state: FleetState, record: ImageRecord | undefined): Promise<FlashImage | undefined> {
    if (!record) return undefined
    const bytes = await readFile(imageFile(state, record)).catch(() => undefined)
    return bytes && sha256Of(bytes) === record.sha256 ? readFlashImage(bytes) : undefined
}
