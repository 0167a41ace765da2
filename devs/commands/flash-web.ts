import path from "node:path"
import { sha256Of } from "../../certs/sha256.ts"
import { bytesText, type Terminal } from "../display/terminal.ts"
import { readFileBytes } from "../files.ts"
import { writePage } from "../flash/web/folder.ts"
import { type ImageFacts, imageFacts } from "../flash/web/image-facts.ts"
import { servePage } from "../flash/web/server.ts"
import { chipFamilies, filesForImage, type PageFile } from "../flash/web/site.ts"
import { type BootableImage, readFlashImage, requireBootable } from "../image/flash-image.ts"
import { addressText } from "../image/flash-memory.ts"
import { readManifest } from "../image/manifest/manifest-file.ts"
import { withResources } from "../resources.ts"
import { exitCodes } from "./command.ts"
import { stopRequest } from "./signals.ts"

interface FlashWebOptions {
    /** port of the page */
    listen?: number
    /** folder to write the page to instead of serving it */
    out?: string
}

/** `airpin flash --web`: serves a page that flashes the image, until Ctrl-C; with --out, writes it as a folder. */
export async function flashWeb(file: string, { listen, out }: FlashWebOptions, terminal: Terminal): Promise<number> {
    const image = requireBootable(readFlashImage(await readFileBytes(file), path.basename(file)))
    const files = filesForImage(image, await readFacts(file, image))
    terminal.line(
        "image",
        `${file}: ${bytesText(image.bytes.length)} for ${chipFamilies[image.chip]}, from ${addressText(image.startAt)}`,
    )
    if (out === undefined) await serveUntilStopped(files, listen ?? 0, terminal)
    else await writeFolder(files, out, terminal)
    return exitCodes.fine
}

/** From the manifest beside the image, if there is one. */
async function readFacts(file: string, { bytes }: BootableImage): Promise<ImageFacts | undefined> {
    const manifest = await readManifest(file)
    return manifest && imageFacts(manifest, sha256Of(bytes))
}

function serveUntilStopped(files: PageFile[], port: number, terminal: Terminal): Promise<void> {
    return withResources(async resources => {
        const server = await servePage(files, port)
        resources.add(() => server.close())
        terminal.line("page", terminal.paint("underline", server.url))
        terminal.line("", "open it on this computer, in Chrome or Edge; Ctrl-C stops")
        terminal.warn(
            "the image contains the Wi-Fi password and the device's token: whoever has this address can read them on this computer",
        )
        terminal.result({ url: server.url })
        await stopRequest().received
    })
}

async function writeFolder(files: PageFile[], out: string, terminal: Terminal): Promise<void> {
    await writePage(files, out)
    terminal.line("page", `${path.join(out, "index.html")}: host the folder over https`)
    terminal.warn(
        "its image contains the Wi-Fi password and the device's token: whoever can load the folder can read them",
    )
    terminal.result({ folder: out })
}
