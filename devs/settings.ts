/** The firmware's settings as its owner wrote them down. */
import { readFile } from "node:fs/promises"
import path from "node:path"
import { parseEnv } from "node:util"

/** Later files win. */
const FILES = [".env.defaults", ".env.local"]

/** Names and values of the `.env` files of a folder; empty values and missing files count as not set. */
export async function readSettings(directory: string): Promise<Record<string, string>> {
    const texts = await Promise.all(FILES.map(name => readFile(path.join(directory, name), "utf8").catch(() => "")))
    const merged = Object.assign({}, ...texts.map(text => parseEnv(text))) as Record<string, string>
    return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ""))
}
