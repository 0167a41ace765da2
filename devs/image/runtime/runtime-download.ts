/**
 * The stock runtime of a chip, downloaded once and cached. A download is compared with the lock
 * before it is cached. This file touches the network and the disk.
 */
import { readFile } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { writeWhole } from "../../files.ts"
import { projectDirectory } from "../../vm/build-cache.ts"
import type { Chip } from "../chip.ts"
import { readFlashImage } from "../flash-image.ts"
import { isRecorded, recordRuntime, runtimeName, runtimeUrl } from "./runtime-lock.ts"

/** Without a network, the file can be put here by hand. */
const CACHE_DIRECTORY = path.join(projectDirectory, ".airpin/runtimes")
/** the largest flash size of these boards */
const MAX_BYTES = 16 * 1024 * 1024
/** the download fails after this time without a byte */
const SILENCE_MS = 20_000
/** for the whole download: 2 MB at 3 kB/s */
const MAX_MS = 600_000

/** Path of a chip's runtime in the cache. */
export const runtimeFile = (chip: Chip, directory = CACHE_DIRECTORY) => path.join(directory, runtimeName(chip))

export interface Runtime {
    /** the maker's file name */
    name: string
    bytes: Buffer
    /** true if it was added to the lock just now */
    recorded: boolean
}

export interface DownloadOptions {
    /** accept a changed file of the same name: one put into the cache, or else the maker's current one */
    accept?: boolean
    onProgress?(doneBytes: number, totalBytes: number | undefined): void
    /** default: .airpin/runtimes in the project */
    cacheDirectory?: string
    lockFile?: string
    /** default 20,000 */
    silenceMs?: number
    /** replaces the network in tests */
    fetch?(url: string, init: { signal: AbortSignal }): Promise<Response>
}

/**
 * The runtime of a chip, from the cache or from the maker's releases.
 *
 * @throws AirpinError RUNTIME_OFFLINE, RUNTIME_DOWNLOAD_FAILED, RUNTIME_TOO_LARGE, RUNTIME_CHANGED,
 * RUNTIME_CHIP_WRONG, RUNTIME_LOCK_CORRUPT, and the errors of {@link readFlashImage}
 */
export async function getRuntime(chip: Chip, options: DownloadOptions = {}): Promise<Runtime> {
    const name = runtimeName(chip)
    const file = runtimeFile(chip, options.cacheDirectory)
    const kept = await readFile(file).catch(() => undefined) // a missing one is downloaded
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
    throw new AirpinError("RUNTIME_CHIP_WRONG", `${name} contains a runtime for an ${image.chip}`)
}

async function download(name: string, keptAt: string, options: DownloadOptions): Promise<Buffer> {
    const { fetch = globalThis.fetch, silenceMs = SILENCE_MS, onProgress } = options
    const url = runtimeUrl(name)
    const silence = new AbortController()
    const timer = setTimeout(() => silence.abort(new Error(`no data for ${silenceMs / 1000} s`)), silenceMs)
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
                `${url} has more than ${MAX_BYTES} bytes, which is more than the flash of any supported board`,
            )
        onBytes(doneBytes)
    }
    return Buffer.concat(parts)
}

const failed = (url: string, reason: string) => new AirpinError("RUNTIME_DOWNLOAD_FAILED", `${url}: ${reason}`)

/** The message of fetch is only "fetch failed"; the reason is in its cause. */
function offline(url: string, keptAt: string, cause: Error): AirpinError {
    const reason = cause.cause instanceof Error ? cause.cause.message : cause.message
    return new AirpinError(
        "RUNTIME_OFFLINE",
        `${url} cannot be reached: ${reason}`,
        `download it on another machine, then put it at ${path.relative(process.cwd(), keptAt)}, or pass it with --firmware FILE`,
        { cause },
    )
}
