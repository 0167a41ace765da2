import { existsSync } from "node:fs"
import path from "node:path"
import { rootCertificates } from "node:tls"
import { parsePem, type Certificate } from "../../certs/chain.ts"
import { AirpinError } from "../../certs/error.ts"
import { readBoard } from "../image/boards.ts"
import { makeImage } from "../image/make-image.ts"
import { repin } from "../image/repin.ts"
import { runtimeFile } from "../image/runtime-download.ts"
import { bytesText, tableText } from "../terminal.ts"
import { buildFirmware } from "../vm/firmware.ts"
import { readBytes } from "./read-bytes.ts"
import { exitCodes, type Verb } from "./verb.ts"

/** the first shows a cold start, the middle one of the rest what it costs */
const RUNS = 7

export interface BenchImageOptions {
    board: string
    /** default: the runtime that was downloaded */
    firmware?: string
}

/** `airpin bench image`: time to make a device's image and to pin it anew, without the network and the start of Node.js. */
export const benchImage: Verb<BenchImageOptions> = async (options, terminal) => {
    const board = await readBoard(options.board)
    const file = options.firmware ?? runtimeFile(board.chip)
    if (!options.firmware && !existsSync(file)) throw new AirpinError("RUNTIME_MISSING", `no runtime for ${board.chip} was downloaded yet`, "airpin image --board ID downloads one; or give one with --firmware FILE")
    const runtime = { name: path.basename(file), bytes: await readBytes(file) }
    await buildFirmware() // compiled once, for all images
    const anchors = isrgRoots()
    const wifi = { ssid: "office", passphrase: "none of anybody" }
    const settings = { API_URL: "https://air.example.org", API_TOKEN: "0123456789abcdef0123456789abcdef" }
    const made = await measure(async () => {
        const { bytecode } = await buildFirmware()
        return makeImage({ runtime: runtime.bytes, runtimeName: runtime.name, board, contents: { bytecode, settings, wifi }, anchors })
    })
    const repinned = await measure(() => repin(made.image, anchors))
    terminal.line("runtime", `${runtime.name}, ${bytesText(runtime.bytes.length)}`)
    for (const line of tableText([["", "FIRST", "LATER"], ["image --board", ...timesText(made)], ["image --repin", ...timesText(repinned)]])) terminal.line("", line)
    terminal.result({ runtime: runtime.name, sizeBytes: runtime.bytes.length, image: timesOf(made), repin: timesOf(repinned) })
    return exitCodes.fine
}

interface Measured {
    image: Buffer
    firstMs: number
    medianMs: number
}

async function measure(make: () => Promise<Buffer>): Promise<Measured> {
    let image = Buffer.alloc(0)
    const times: number[] = []
    for (let run = 0; run < RUNS; run++) {
        const start = performance.now()
        image = Buffer.from(await make())
        times.push(performance.now() - start)
    }
    const [firstMs = 0, ...later] = times
    return { image, firstMs, medianMs: later.sort((one, other) => one - other)[Math.floor(later.length / 2)]! }
}

const timesText = ({ firstMs, medianMs }: Measured) => [firstMs, medianMs].map(ms => `${Math.round(ms)} ms`)
const timesOf = ({ firstMs, medianMs }: Measured) => ({ firstMs, medianMs })

/** What a host with a certificate of Let's Encrypt is pinned to. */
function isrgRoots(): Certificate[] {
    return rootCertificates.flatMap(pem => parsePem(pem)).filter(({ subject }) => subject.startsWith("CN=ISRG Root"))
}
