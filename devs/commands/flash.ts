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
    /** by a page for browsers in place of the serial port */
    web?: true
    /** one of these two */
    board?: string
    image?: string
    /** default: the only one that may be it */
    port?: string
    baud: number
    repin?: true
    stub: boolean
}

/** `airpin flash`: an image into the flash of a chip. */
export const flash: Command<FlashCommandOptions> = async (options, terminal) => {
    const file = options.image ?? (options.board && (await findImage(options.board)))
    if (!file) {
        terminal.error(new AirpinError("IMAGE_NOT_NAMED", "which image?", "airpin flash --board ID, or --image FILE"))
        return exitCodes.usage
    }
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
                : "waiting for the chip: hold BOOT, press RESET, let go BOOT",
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
        `${file}: ${bytesText(writtenBytes)} written, ${bytesText(equalBytes)} there already, in ${seconds.toFixed(1)} s`,
    )
    terminal.line("", `${terminal.paint("green", "✓")} the chip's own MD5 is the image's`)
    if (!wasReset) terminal.warn("this port has no line to the chip's reset: press RESET to start it")
    terminal.result(result)
}
