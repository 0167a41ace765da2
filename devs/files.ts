/** Whole files: read with an error for the user, written completely or not at all. */
import { readFile, realpath, stat } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../certs/error.ts"
import { makeFolder, PUBLIC_MODE, replaceFile } from "../certs/replace-file.ts"

/**
 * Writes a file completely or not at all, and creates its folder if it is missing. A link is followed.
 *
 * @throws AirpinError PATH_UNSUITABLE for a device or a pipe, such as /dev/stdout: it would be replaced by a file
 */
export async function writeWhole(file: string, contents: string | Uint8Array, mode = PUBLIC_MODE): Promise<void> {
    const target = await realpath(file).catch(() => file)
    const existing = await stat(target).catch(() => undefined)
    if (existing && !existing.isFile() && !existing.isDirectory())
        throw new AirpinError("PATH_UNSUITABLE", `${file} is a device or a pipe`, "name a regular file")
    const directory = path.dirname(target)
    await makeFolder(directory)
    await replaceFile(directory, path.basename(target), contents, mode)
}

/** @throws AirpinError FILE_UNREADABLE */
export async function readFileBytes(file: string): Promise<Buffer> {
    return readFile(file).catch((cause: NodeJS.ErrnoException) => {
        throw new AirpinError("FILE_UNREADABLE", `${file}: ${cause.code === "ENOENT" ? "no such file" : cause.message}`)
    })
}
