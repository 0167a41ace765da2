import path from "node:path"
import { Option } from "@commander-js/extra-typings"
import { AirpinError } from "../../certs/error.ts"
import { bytesText, type Terminal } from "../display/terminal.ts"
import { transferText } from "../display/transfer.ts"
import { readFileBytes } from "../files.ts"
import { type FlashReport, flash as flashImage } from "../flash/flasher.ts"
import { findPort, openPort } from "../flash/serial-port.ts"
import { readFlashImage } from "../image/flash-image.ts"
import { findImage } from "../image/image-file.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "./command.ts"
import { wholeNumber } from "./option-values.ts"

const declared = command()
    .option("--board <id>", "flash the image that airpin image has made for it: build/ID-0x….bin")
    .addOption(new Option("--image <file>", "flash another image").conflicts("board"))
    .option("--port <path>", "the serial port (default: the only one that may be a chip's)")
    .option("--baud <n>", "bits per second, once the chip has responded", wholeNumber(115_200, 4_000_000), 460_800)
    .option(
        "--repin",
        "write only the application's sectors that differ: settings and program stay as they are on the chip",
    )
    .option("--no-stub", "use the chip's ROM alone where the flasher stub does not start: slower")
    .addOption(
        new Option(
            "--web",
            "serve a page on this computer that flashes from Chrome or Edge, instead of using the serial port",
        ).conflicts(["port", "baud", "repin", "stub"]),
    )
    .addOption(
        new Option("--listen <n>", "the page's port (default: a free one)")
            .argParser(wholeNumber(0, 65535))
            .conflicts("out")
            .implies({ web: true }),
    )
    .addOption(
        new Option("--out <folder>", "write the page with the image as a folder, to be hosted elsewhere").implies({
            web: true,
        }),
    )

type FlashCommandOptions = OptionsOf<typeof declared>

export const definition = declared.action(run((terminal, options) => flash(options, terminal)))

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
