import { existsSync } from "node:fs"
import path from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { bytesText, tableText } from "../../display/terminal.ts"
import { readFileBytes } from "../../files.ts"
import { readBoard } from "../../image/boards.ts"
import { makeImage } from "../../image/make-image.ts"
import { repin } from "../../image/repin.ts"
import { runtimeFile } from "../../image/runtime/runtime-download.ts"
import { buildFirmware } from "../../vm/firmware.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "../command.ts"
import { isrgRoots, RUNS, timesOf } from "./runs.ts"

const declared = command()
    .name("image")
    .description("time to make an image, and to pin it again")
    .option("--board <id>", "for this board", "m5stack_core")
    .option("--firmware <file>", "the runtime (default: the one that airpin image downloads)")

type BenchImageOptions = OptionsOf<typeof declared>

export const benchImage = declared.action(run((terminal, options) => measureImage(options, terminal)))

/** `airpin bench image`: time to make an image and to pin it again, without network and the start of Node.js. */
const measureImage: Command<BenchImageOptions> = async (options, terminal) => {
    const board = await readBoard(options.board)
    const file = options.firmware ?? runtimeFile(board.chip)
    if (!options.firmware && !existsSync(file))
        throw new AirpinError("RUNTIME_MISSING", `no runtime for ${board.chip} was downloaded yet`)
    const runtime = { name: path.basename(file), bytes: await readFileBytes(file) }
    await buildFirmware() // fills the cache, so that no run compiles
    const anchors = parsePem(isrgRoots())
    const wifi = { ssid: "office", passphrase: "none of anybody" }
    const settings = { API_URL: "https://air.example.org", API_TOKEN: "0123456789abcdef0123456789abcdef" }
    const made = await measure(async () => {
        const { bytecode } = await buildFirmware()
        return makeImage({
            runtime: runtime.bytes,
            runtimeName: runtime.name,
            board,
            contents: { bytecode, settings, wifi },
            anchors,
        })
    })
    const repinned = await measure(() => repin(made.image, anchors))
    terminal.line("runtime", `${runtime.name}, ${bytesText(runtime.bytes.length)}`)
    for (const line of tableText([
        ["", "FIRST", "LATER"],
        ["image --board", ...cellsOf(made)],
        ["image --repin", ...cellsOf(repinned)],
    ]))
        terminal.line("", line)
    terminal.result({
        runtime: runtime.name,
        sizeBytes: runtime.bytes.length,
        image: made.times,
        repin: repinned.times,
    })
    return exitCodes.fine
}

interface Measured {
    image: Buffer
    times: { firstMs: number; medianMs: number }
}

async function measure(make: () => Promise<Buffer>): Promise<Measured> {
    let image = Buffer.alloc(0)
    const times: number[] = []
    for (let run = 0; run < RUNS; run++) {
        const start = performance.now()
        image = Buffer.from(await make())
        times.push(performance.now() - start)
    }
    return { image, times: timesOf(times) }
}

const cellsOf = ({ times: { firstMs, medianMs } }: Measured) => [firstMs, medianMs].map(ms => `${Math.round(ms)} ms`)
