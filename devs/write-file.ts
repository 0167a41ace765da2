import { mkdir } from "node:fs/promises"
import path from "node:path"
import { replaceFile } from "../certs/replace-file.ts"

/** Writes a file whole or not at all; makes its folder when missing. */
export async function writeWhole(file: string, contents: string | Uint8Array): Promise<void> {
    const directory = path.dirname(file)
    await mkdir(directory, { recursive: true })
    await replaceFile(directory, path.basename(file), contents, 0o644)
}
