import path from "node:path"
import { AirpinError } from "../../certs/error.ts"
import { bytesText, type Terminal } from "../display/terminal.ts"
import { transferText } from "../display/transfer.ts"
import { readFileBytes } from "../files.ts"
import { type FlashReport, flash as flashImage } from "../flash/flasher.ts"
import { findPort, openPort } from "../flash/serial-port.ts"
import { readFlashImage } from "../image/flash-image.ts"
import { findImage } from "../image/image-file.ts"
import { type Command, exitCodes } from "./command.ts"
import type { FlashWebOptions } from "./flash-web.ts"

export interface FlashCommandOptions extends FlashWebOptions {
    /** serve a page for browsers instead of using the serial port */
    web?: true
    /** exactly one of board and image */
    board?: string
    image?: string
    /** default: the only port that may be a chip's */
    port?: string
    baud: number
    repin?: true
    stub: boolean
}

/** `airpin flash`: writes an image to the flash of a chip, or serves a page that does it. */
export const flash: Command<FlashCommandOptions> = async (options, terminal) => {
    const file = options.image ?? (options.board && (await findImage(options.board)))
    if (!file) throw new AirpinError("IMAGE_NOT_NAMED", "the command needs an image", "add --board ID or --image FILE")
    if (options.web) return (await import("./flash-web.ts")).flashWeb(file, options, terminal)
    await writeImage(file, options, terminal)
    return exitCodes.fine
}

async function writeImage(file: string, options: FlashCommandOptions, terminal: Terminal): Promise<void> {
    const image = readFlashImage(await readFileBytes(file), path.basename(file))
    const found = await findPort(options.port)
    terminal.line("port", found.path)
    const port = await openPort(found)
    let beganAtMs = performance.now()
    const seconds = () => (performance.now() - beganAtMs) / 1000
    try {
        terminal.progress(
            port.hasControlLines
                ? "waiting for the chip …"
                : "waiting for the chip: hold BOOT, press RESET, release BOOT",
        )
        const report = await flashImage(port, image, {
            baud: options.baud,
            stub: options.stub,
            repin: options.repin ?? false,
            onConnected: (chip, flashSizeBytes) => {
                beganAtMs = performance.now()
                terminal.line("chip", `${chip}, ${flashSizeBytes / (1 << 20)} MB of flash`)
            },
            onProgress: progress => terminal.progress(transferText(progress, seconds())),
        })
        showReport({ file, port: found.path, seconds: seconds(), ...report }, terminal)
    } finally {
        await port.release()
    }
}

function showReport(result: FlashReport & { file: string; port: string; seconds: number }, terminal: Terminal): void {
    const { file, writtenBytes, equalBytes, seconds, wasReset } = result
    terminal.line(
        "flash",
        `${file}: ${bytesText(writtenBytes)} written, ${bytesText(equalBytes)} unchanged, in ${seconds.toFixed(1)} s`,
    )
    terminal.line("", `${terminal.paint("green", "✓")} the MD5 computed by the chip matches the image`)
    if (!wasReset) terminal.warn("this port cannot reset the chip: press RESET to start it")
    terminal.result(result)
}
