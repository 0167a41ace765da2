/**
 * The files of the page that flashes from a browser: its own, those of ESP Web Tools, and those
 * generated for one image. Format of ESP Web Tools' manifest: its `src/const.ts`.
 */
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { sha256Of } from "../../../certs/sha256.ts"
import type { Chip } from "../../image/chip.ts"
import type { BootableImage } from "../../image/flash-image.ts"
import type { ImageFacts } from "./image-facts.ts"

/** The page's own files. */
export const pageFolder = join(import.meta.dirname, "page")

/** ESP Web Tools, unmodified and with its licence; the page loads it from this path. */
export const TOOLS_PATH = "esp-web-tools"
export const toolsFolder = dirname(createRequire(import.meta.url).resolve(`${TOOLS_PATH}/dist/web/install-button.js`))
export const toolsLicence = join(toolsFolder, "../../LICENSE")

/** A file generated for one image; it is served beside the page. */
export interface PageFile {
    name: string
    mediaType: string
    contents: string | Buffer
}

/** ESP Web Tools' names of the chips. */
export const chipFamilies: Record<Chip, string> = {
    esp32: "ESP32",
    esp32s2: "ESP32-S2",
    esp32c3: "ESP32-C3",
    esp32s3: "ESP32-S3",
}

/** The image, ESP Web Tools' manifest for it, and the facts that the page shows. */
export function filesForImage(image: BootableImage, facts: ImageFacts | undefined): PageFile[] {
    const sha256 = sha256Of(image.bytes)
    const name = `image-${sha256.slice(0, SHORT_HASH_DIGITS)}.bin`
    const shown = {
        ...facts,
        sha256,
        chip: chipFamilies[image.chip],
        startAt: image.startAt,
        sizeBytes: image.bytes.length,
    }
    return [
        { name, mediaType: "application/octet-stream", contents: image.bytes },
        json(
            MANIFEST_NAME,
            espWebToolsManifest(image, name, facts?.board, facts?.firmware ?? sha256.slice(0, SHORT_HASH_DIGITS)),
        ),
        json(FACTS_NAME, shown),
    ]
}

/** Makes the names of images differ, so that no cache returns an old one. */
const SHORT_HASH_DIGITS = 12
/** Names of the generated files. */
export const FACTS_NAME = "facts.json"
const MANIFEST_NAME = "manifest.json"
const IMAGE_NAME = /^image-[0-9a-f]{12}\.bin$/

/** True for the file names of {@link filesForImage}, for any image. */
export const isGeneratedFile = (name: string) => name === FACTS_NAME || name === MANIFEST_NAME || IMAGE_NAME.test(name)

const INDENT_SPACES = 4

function json(name: string, value: unknown): PageFile {
    return { name, mediaType: "application/json", contents: `${JSON.stringify(value, null, INDENT_SPACES)}\n` }
}

/** Asks the user whether to erase. Does not wait for Improv (Wi-Fi set-up over serial), which airpin lacks. */
function espWebToolsManifest(
    { chip, startAt }: BootableImage,
    path: string,
    board: string | undefined,
    version: string,
) {
    return {
        name: `airpin for ${board ?? chipFamilies[chip]}`,
        version,
        new_install_prompt_erase: true,
        new_install_improv_wait_time: 0,
        builds: [{ chipFamily: chipFamilies[chip], parts: [{ path, offset: startAt }] }],
    }
}
