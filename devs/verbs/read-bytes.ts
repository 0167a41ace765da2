import { readFile } from "node:fs/promises"
import { AirpinError } from "../../certs/error.ts"

/** @throws AirpinError FILE_UNREADABLE */
export async function readBytes(file: string): Promise<Buffer> {
    return readFile(file).catch((cause: NodeJS.ErrnoException) => {
        throw new AirpinError("FILE_UNREADABLE", `${file}: ${cause.code === "ENOENT" ? "no such file" : cause.message}`)
    })
}
