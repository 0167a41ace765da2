/** Time to make an image and to pin it again, without network and the start of Node.js. */
import { existsSync } from "node:fs"
import path from "node:path"
import { AirpinError } from "../../certs/error.ts"
import { parsePem } from "../../certs/x509/certificate.ts"
import { readFileBytes } from "../files.ts"
import { readBoard } from "../image/boards.ts"
import { makeImage } from "../image/make-image.ts"
import { repin } from "../image/repin.ts"
import { runtimeFile } from "../image/runtime/runtime-download.ts"
import { buildFirmware } from "../vm/firmware.ts"
import { isrgRoots, RUNS, timesOf } from "./runs.ts"

type Times = ReturnType<typeof timesOf>

export interface ImageCost {
    runtime: { name: string; bytes: Buffer }
    /** the image that was made */
    image: Buffer
    made: Times
    repinned: Times
}

/**
 * @param boardId its program is `src/main.ts`
 * @param firmware file of the runtime; the one that `airpin image` downloaded if absent
 * @throws AirpinError RUNTIME_MISSING
 */
export async function measureImage(boardId: string, firmware?: string): Promise<ImageCost> {
    const board = await readBoard(boardId)
    const file = firmware ?? runtimeFile(board.chip)
    if (!firmware && !existsSync(file))
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
    return { runtime, image: made.image, made: made.times, repinned: repinned.times }
}

interface Measured {
    image: Buffer
    times: Times
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
