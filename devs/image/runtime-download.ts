/**
 * The stock runtime of a chip, downloaded once and kept. What comes is held
 * against the lock before it is kept. This file touches the network and the disk.
 */
import { readFile } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../certs/error.ts"
import { writeWhole } from "../files.ts"
import { projectDirectory } from "../vm/build-cache.ts"
import type { Chip } from "./chip.ts"
import { readFlashImage } from "./flash-image.ts"
import { isRecorded, recordRuntime, runtimeName, runtimeUrl } from "./runtime-lock.ts"

/** Whoever has no network puts the file here. */
const CACHE_DIRECTORY = path.join(projectDirectory, ".airpin/runtimes")
/** the largest flash of these boards */
const MAX_BYTES = 16 * 1024 * 1024
/** without a byte for so long, nothing more is expected */
const SILENCE_MS = 20_000
/** 2 MB at 3 kB/s */
const MAX_MS = 600_000

/** Where the runtime of a chip is kept. */
export const runtimeFile = (chip: Chip, directory = CACHE_DIRECTORY) => path.join(directory, runtimeName(chip))

export interface Runtime {
    /** as its maker named it */
    name: string
    bytes: Buffer
    /** true when the lock has it since now */
    recorded: boolean
}

export interface DownloadOptions {
    /** take a file that changed under its name: the one that was put into the cache, or else what its maker has now */
    accept?: boolean
    onProgress?(doneBytes: number, totalBytes: number | undefined): void
    /** default: below the project */
    cacheDirectory?: string
    lockFile?: string
    /** default 20,000 */
    silenceMs?: number
    /** in place of the network */
    fetch?(url: string, init: { signal: AbortSignal }): Promise<Response>
}

/**
 * The runtime's file, from the cache or from its maker.
 *
 * @throws AirpinError RUNTIME_OFFLINE, RUNTIME_DOWNLOAD_FAILED, RUNTIME_TOO_LARGE, RUNTIME_CHANGED,
 * RUNTIME_CHIP_WRONG, and what `readFlashImage` throws of a file that is no flash image
 */
export async function getRuntime(chip: Chip, options: DownloadOptions = {}): Promise<Runtime> {
    const name = runtimeName(chip)
    const file = runtimeFile(chip, options.cacheDirectory)
    const kept = await readFile(file).catch(() => undefined) // not there: it is fetched
    const useKept = kept && !(options.accept && (await isRecorded(name, kept, options.lockFile)))
    const bytes = useKept ? kept : await download(name, file, options)
    checkRuntime(bytes, name, chip)
    const recorded = await recordRuntime(name, bytes, options.accept ?? false, options.lockFile)
    if (!useKept) await writeWhole(file, bytes)
    return { name, bytes, recorded }
}

function checkRuntime(bytes: Buffer, name: string, chip: Chip): void {
    const image = readFlashImage(bytes, name)
    if (image.chip === chip) return
    throw new AirpinError(
        "RUNTIME_CHIP_WRONG",
        `${name} holds a runtime for an ${image.chip}`,
        "remove the file; what its maker serves is not what its name says",
    )
}

async function download(name: string, keptAt: string, options: DownloadOptions): Promise<Buffer> {
    const { fetch = globalThis.fetch, silenceMs = SILENCE_MS, onProgress } = options
    const url = runtimeUrl(name)
    const silence = new AbortController()
    const timer = setTimeout(() => silence.abort(new Error(`no answer for ${silenceMs / 1000} s`)), silenceMs)
    try {
        const response = await fetch(url, { signal: AbortSignal.any([silence.signal, AbortSignal.timeout(MAX_MS)]) })
        if (!response.ok) throw failed(url, `HTTP status ${response.status}`)
        const totalBytes = Number(response.headers.get("content-length")) || undefined
        return await readBody(response, url, doneBytes => {
            timer.refresh()
            onProgress?.(doneBytes, totalBytes)
        })
    } catch (cause) {
        if (cause instanceof AirpinError) throw cause
        throw offline(url, keptAt, cause as Error)
    } finally {
        clearTimeout(timer)
    }
}

async function readBody(response: Response, url: string, onBytes: (doneBytes: number) => void): Promise<Buffer> {
    const parts: Uint8Array[] = []
    let doneBytes = 0
    for await (const part of response.body ?? []) {
        parts.push(part as Uint8Array)
        doneBytes += (part as Uint8Array).length
        if (doneBytes > MAX_BYTES)
            throw new AirpinError(
                "RUNTIME_TOO_LARGE",
                `${url} gives more than ${MAX_BYTES} bytes: no chip here has so much flash`,
                "give the runtime with --firmware FILE",
            )
        onBytes(doneBytes)
    }
    return Buffer.concat(parts)
}

const failed = (url: string, reason: string) =>
    new AirpinError(
        "RUNTIME_DOWNLOAD_FAILED",
        `${url}: ${reason}`,
        "look what the release page has, and give a file with --firmware FILE",
    )

/** fetch says "fetch failed" and hides why in the cause. */
function offline(url: string, keptAt: string, cause: Error): AirpinError {
    const reason = cause.cause instanceof Error ? cause.cause.message : cause.message
    return new AirpinError(
        "RUNTIME_OFFLINE",
        `${url} cannot be reached: ${reason}`,
        `download it on another machine, then put it at ${path.relative(process.cwd(), keptAt)}, or give it with --firmware FILE`,
        { cause },
    )
}
