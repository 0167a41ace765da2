import { parse } from "dotenv"
import type { Variables } from "../../api/environment.ts"
import { readFileBytes } from "../../files.ts"

/** The variables of this process, and those of a file of lines NAME=VALUE, which come first. */
export async function environmentWith(file: string | undefined): Promise<Variables> {
    return file === undefined ? process.env : { ...process.env, ...parse(await readFileBytes(file)) }
}
