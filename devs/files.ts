/** Whole files: read with an error for the user, written completely or not at all. */
import { isUtf8 } from "node:buffer"
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

export interface DecodedText {
    text: string
    encoding: "utf-8" | "utf-16le" | "utf-16be" | "windows-1252"
}

/** The text of a file, without its byte order mark: UTF-8 or UTF-16, and Windows-1252 if it can be neither. */
export function decodeText(bytes: Uint8Array): DecodedText {
    const encoding = encodingOf(bytes)
    return { text: new TextDecoder(encoding).decode(bytes), encoding }
}

/** PowerShell 5 and Excel write UTF-16; without a byte order mark it is told by the zeros beside its ASCII. */
function encodingOf(bytes: Uint8Array): DecodedText["encoding"] {
    const [first, second] = bytes
    if ((first === 0xff && second === 0xfe) || (first && second === 0)) return "utf-16le"
    if ((first === 0xfe && second === 0xff) || (first === 0 && second)) return "utf-16be"
    return isUtf8(bytes) ? "utf-8" : "windows-1252"
}
