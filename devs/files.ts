/** Whole files: read with an error for the user, written completely or not at all. */
import { mkdir, readFile } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../certs/error.ts"
import { PUBLIC_MODE, replaceFile } from "../certs/replace-file.ts"

/** Writes a file completely or not at all, and creates its folder if it is missing. */
export async function writeWhole(file: string, contents: string | Uint8Array, mode = PUBLIC_MODE): Promise<void> {
    const directory = path.dirname(file)
    await mkdir(directory, { recursive: true })
    await replaceFile(directory, path.basename(file), contents, mode)
}

/** @throws AirpinError FILE_UNREADABLE */
export async function readFileBytes(file: string): Promise<Buffer> {
    return readFile(file).catch((cause: NodeJS.ErrnoException) => {
        throw new AirpinError("FILE_UNREADABLE", `${file}: ${cause.code === "ENOENT" ? "no such file" : cause.message}`)
    })
}
