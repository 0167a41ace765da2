/** Writes the page as a folder that any web server can host. Only this file of the folder writes to the disk. */
import { randomBytes } from "node:crypto"
import { cp, mkdir, readdir, realpath, rename, rm, writeFile } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { makeFolder, PRIVATE_FOLDER_MODE } from "../../../certs/replace-file.ts"
import { baseFolder } from "../../local-page.ts"
import {
    FACTS_NAME,
    isGeneratedFile,
    type PageFile,
    pageFolder,
    TOOLS_PATH,
    toolsFolder,
    toolsLicence,
} from "./site.ts"

/**
 * Writes the page and the files of one image to `folder`, completely or not at all. Only an empty
 * folder, or one with an earlier page, is replaced. The folder is private, since the image has secrets.
 *
 * @throws AirpinError FOLDER_NOT_OURS if it contains anything else, FOLDER_UNUSABLE
 */
export async function writePage(files: PageFile[], folder: string): Promise<void> {
    const target = await realpath(folder).catch(() => path.resolve(folder)) // resolves links; the folder may not exist yet
    await refuseOthers(target)
    await makeFolder(path.dirname(target))
    const prepared = temporaryName(target)
    try {
        await mkdir(prepared, { mode: PRIVATE_FOLDER_MODE })
        await fill(prepared, files)
        await exchange(prepared, target)
    } finally {
        await rm(prepared, { recursive: true, force: true })
    }
}

const temporaryName = (target: string) =>
    path.join(path.dirname(target), `.${path.basename(target)}.${randomBytes(6).toString("hex")}.tmp`)

async function refuseOthers(target: string): Promise<void> {
    const names: string[] = await readdir(target).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === "ENOENT") return []
        throw new AirpinError("FOLDER_UNUSABLE", `the folder ${target} cannot be read: ${cause.message}`, { cause })
    })
    const own: string[] = [...(await readdir(pageFolder)), ...(await readdir(baseFolder)), TOOLS_PATH]
    const other = names.find(name => !own.includes(name) && !isGeneratedFile(name))
    if (other !== undefined)
        throw new AirpinError("FOLDER_NOT_OURS", `${target} contains ${other}, which airpin has not written`)
    if (names.length === 0 || names.includes(FACTS_NAME)) return
    throw new AirpinError(
        "FOLDER_NOT_OURS",
        `${target} contains a page without ${FACTS_NAME}, which airpin has not written`,
    )
}

async function fill(folder: string, files: PageFile[]): Promise<void> {
    const tools = path.join(folder, TOOLS_PATH)
    await cp(pageFolder, folder, { recursive: true })
    await cp(baseFolder, folder, { recursive: true })
    await cp(toolsFolder, tools, { recursive: true })
    await cp(toolsLicence, path.join(tools, path.basename(toolsLicence)))
    for (const { name, contents } of files) await writeFile(path.join(folder, name), contents, { flag: "wx" })
}

/** Replaces `target` with `prepared`; on failure, the old folder is restored. */
async function exchange(prepared: string, target: string): Promise<void> {
    const old = temporaryName(target)
    const hasOld = await rename(target, old).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
            if (error.code === "ENOENT") return false
            throw error
        },
    )
    try {
        await rename(prepared, target)
    } catch (error) {
        if (hasOld) await rename(old, target)
        throw error
    }
    await rm(old, { recursive: true, force: true })
}
