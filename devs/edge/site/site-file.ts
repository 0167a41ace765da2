/** Writes a site's configuration, its first certificate and its settings. This file touches the disk. */
import { readFile } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { makeFolder, makePrivateFolder, PUBLIC_MODE, replaceFile } from "../../../certs/replace-file.ts"
import type { KeyType } from "../../../certs/x509/issue.ts"
import { writeWhole } from "../../files.ts"
import { parseSettings, SETTINGS_FILE } from "../renewal/settings.ts"
import type { CheckResult } from "./check.ts"
import { ensureLive } from "./placeholder.ts"
import { type Site, WRITTEN_BY } from "./site.ts"

/** What the public may see, such as challenges. */
const PUBLIC_FOLDER_MODE = 0o755

export interface SiteFile {
    site: Site
    /** key type of the placeholder */
    keyType: KeyType
    /** of the configuration; absolute */
    file: string
    text: string
    /** folders to make if they are missing: for the web server, and for own lines */
    publicFolders: string[]
    /** checks the text; absent: no check */
    check?: (text: string) => Promise<CheckResult>
}

export interface WrittenSite {
    /** false if the configuration was the same before */
    changed: boolean
    /** "skipped" without a check */
    check: CheckResult | "skipped"
    /** folders that got a placeholder, because no certificate was there */
    placeholders: string[]
}

/**
 * Writes the configuration whole or not at all, after it was checked. Certificates are needed for the check, so a
 * placeholder may be there even if the check fails.
 *
 * @throws AirpinError SITE_FOREIGN, SITE_REFUSED, those of the disk
 */
export async function writeSite({ site, keyType, file, text, publicFolders, check }: SiteFile): Promise<WrittenSite> {
    const before = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error
        return undefined
    })
    if (before !== undefined && !before.startsWith(WRITTEN_BY))
        throw new AirpinError("SITE_FOREIGN", `${file} exists, and its first line is not "${WRITTEN_BY} …"`)
    const placeholders: string[] = []
    const ensure = async (folder: string, type: KeyType) => {
        if (await ensureLive(folder, site.names, type)) placeholders.push(folder)
    }
    await ensure(site.folder, keyType)
    if (site.rsaFolder) await ensure(site.rsaFolder, "RSA-2048")
    for (const folder of publicFolders) await makeFolder(folder, PUBLIC_FOLDER_MODE)
    const result = check ? await check(text) : "skipped"
    const changed = before !== text
    if (changed) await writeWhole(file, text)
    return { changed, check: result, placeholders }
}

/**
 * Sets members of the folder's edge.json, and keeps the others that are there.
 *
 * @throws AirpinError EDGE_SETTINGS_WRONG; then the file is unchanged
 */
export async function changeSettings(folder: string, members: Record<string, unknown>): Promise<string> {
    const file = path.join(folder, SETTINGS_FILE)
    const before = await readFile(file, "utf8").catch(() => "{}")
    const document = { ...objectOf(before, file), ...members }
    const text = `${JSON.stringify(document, null, 4)}\n`
    parseSettings(text, file, folder)
    await makePrivateFolder(folder)
    await replaceFile(folder, SETTINGS_FILE, text, PUBLIC_MODE)
    return file
}

function objectOf(text: string, file: string): object {
    try {
        const value: unknown = JSON.parse(text)
        if (typeof value === "object" && value !== null && !Array.isArray(value)) return value
    } catch {
        // said below
    }
    throw new AirpinError("EDGE_SETTINGS_WRONG", `${file} is no JSON object`)
}
