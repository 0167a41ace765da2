/**
 * The lock of the DeviceScript runtimes that the project uses: `boards/runtimes.json`, committed, so
 * that a changed download of the same name is noticed. This file touches the disk.
 */
import { readFile } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { JsonField } from "../../../certs/json-field.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import { writeWhole } from "../../files.ts"
import { projectDirectory } from "../../vm/build-cache.ts"
import { type Chip, chips } from "../chip.ts"

const RELEASES = "https://github.com/microsoft/devicescript-esp32/releases/latest/download"
const LOCK_FILE = path.join(projectDirectory, "boards/runtimes.json")
const INDENT_SPACES = 4

/** The lock's entry for one file. */
interface LockedRuntime {
    sha256: string
    sizeBytes: number
    url: string
}

/** by the name of the runtime's file */
type RuntimeLock = Map<string, LockedRuntime>

/** The maker's file name of a chip's bare runtime, to which a board only adds its configuration. */
export function runtimeName(chip: Chip): string {
    return `devicescript-${chip}-${chip}_bare-0x${chips[chip].bootloaderAt.toString(16)}.bin`
}

export const runtimeUrl = (name: string) => `${RELEASES}/${name}`

/**
 * Compares a runtime with the lock, and records it if the lock has none of its name.
 *
 * @param accept record a changed runtime instead of refusing it
 * @param lockFile default: `boards/runtimes.json`
 * @returns true if the lock was written
 * @throws AirpinError RUNTIME_CHANGED, RUNTIME_LOCK_CORRUPT
 */
export async function recordRuntime(
    name: string,
    bytes: Uint8Array,
    accept: boolean,
    lockFile = LOCK_FILE,
): Promise<boolean> {
    const lock = await readLock(lockFile)
    const sha256 = sha256Of(bytes)
    const known = lock.get(name)
    if (known?.sha256 === sha256) return false
    if (known && !accept) {
        throw new AirpinError(
            "RUNTIME_CHANGED",
            `${name} has SHA-256 ${sha256}, but boards/runtimes.json has ${known.sha256}`,
        )
    }
    lock.set(name, { sha256, sizeBytes: bytes.length, url: runtimeUrl(name) })
    const sorted = Object.fromEntries([...lock].sort(([one], [other]) => (one < other ? -1 : 1)))
    await writeWhole(lockFile, `${JSON.stringify(sorted, null, INDENT_SPACES)}\n`)
    return true
}

/**
 * True if the lock has a runtime of this name with exactly these bytes.
 *
 * @throws AirpinError RUNTIME_LOCK_CORRUPT
 */
export async function isRecorded(name: string, bytes: Uint8Array, lockFile = LOCK_FILE): Promise<boolean> {
    return (await readLock(lockFile)).get(name)?.sha256 === sha256Of(bytes)
}

async function readLock(lockFile: string): Promise<RuntimeLock> {
    const text = await readFile(lockFile, "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return "{}"
        throw error
    })
    try {
        return JsonField.parse(text).map(readLockedRuntime)
    } catch (cause) {
        const message = `boards/runtimes.json is damaged: ${(cause as Error).message}`
        throw new AirpinError("RUNTIME_LOCK_CORRUPT", message, { cause })
    }
}

function readLockedRuntime(json: JsonField): LockedRuntime {
    return { sha256: json.at("sha256").sha256(), sizeBytes: json.at("sizeBytes").count(), url: json.at("url").text() }
}
