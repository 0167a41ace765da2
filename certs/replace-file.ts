/** Atomic file writes: a temporary file in the same folder, synced, then renamed. */
import { randomBytes } from "node:crypto"
import { access, chmod, mkdir, open, rename, rm, stat } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"

/** Mode of a file that only its owner may read: keys, tokens, images with a Wi-Fi password. */
export const PRIVATE_MODE = 0o600
export const PUBLIC_MODE = 0o644
/** Mode of a folder that holds such files. */
export const PRIVATE_FOLDER_MODE = 0o700

/** Folder of a project in which airpin keeps databases, tokens and keys. */
const OWN_FOLDER = ".airpin"

/**
 * Makes a folder and those above it that are missing; one that exists is kept as it is. Node's own `recursive` never
 * returns where the system says that a folder's parent is missing although it exists, as in /proc.
 *
 * One that exists is not made anyway, to fail: if the process exits meanwhile, a thread would still do it, and bring back
 * a temporary folder that was just deleted.
 */
export async function makeFolder(folder: string, mode?: number): Promise<void> {
    if (await isFolder(folder)) return
    const make = () => mkdir(folder, { mode: basename(folder) === OWN_FOLDER ? PRIVATE_FOLDER_MODE : mode })
    try {
        await make().catch(async (cause: NodeJS.ErrnoException) => {
            if (cause.code !== "ENOENT" || (await exists(dirname(folder)))) throw cause
            await makeFolder(dirname(folder), mode)
            await make()
        })
    } catch (cause) {
        if (!(await isFolder(folder))) throw cause
    }
}

async function isFolder(path: string): Promise<boolean> {
    return stat(path).then(
        found => found.isDirectory(),
        () => false,
    )
}

/**
 * Makes a folder that only its owner may enter. One that exists is kept as it is, but for one named `.airpin`: an
 * earlier version let others enter it.
 */
export async function makePrivateFolder(folder: string): Promise<void> {
    await makeFolder(folder, PRIVATE_FOLDER_MODE)
    if (basename(resolve(folder)) !== OWN_FOLDER) return
    const { mode } = await stat(folder)
    // another user's folder cannot be changed, and is not refused for that
    if ((mode & 0o777) !== PRIVATE_FOLDER_MODE) await chmod(folder, PRIVATE_FOLDER_MODE).catch(() => undefined)
}

/** A file written and synced under a temporary name in its own directory. */
export interface PreparedFile {
    /** renames it to its final name, replacing what is there */
    commit(): Promise<void>
    /** removes it; does nothing after `commit` */
    discard(): Promise<void>
}

/** True for the temporary names of `prepareFile`: files left behind by a killed process have them. */
export function isTemporaryName(name: string): boolean {
    return /^\..*\.[0-9a-f]{12}\.tmp$/.test(name)
}

/** Writes `contents` for `directory`/`name` under a temporary name, with file mode `mode` (e.g. 0o600). */
export async function prepareFile(
    directory: string,
    name: string,
    contents: string | Uint8Array,
    mode: number,
): Promise<PreparedFile> {
    const temporary = join(directory, `.${name}.${randomBytes(6).toString("hex")}.tmp`)
    const discard = () => rm(temporary, { force: true })
    try {
        await writeSynced(temporary, contents, mode)
    } catch (error) {
        await discard()
        throw error
    }
    return { commit: () => rename(temporary, join(directory, name)), discard }
}

/** `prepareFile` and `commit` in one. */
export async function replaceFile(
    directory: string,
    name: string,
    contents: string | Uint8Array,
    mode: number,
): Promise<void> {
    const prepared = await prepareFile(directory, name, contents, mode)
    try {
        await prepared.commit()
    } finally {
        await prepared.discard()
    }
}

/** Writes a file that must not exist yet and waits until it is on the disk. */
export async function writeSynced(path: string, contents: string | Uint8Array, mode: number): Promise<void> {
    const file = await open(path, "wx", mode)
    try {
        await file.writeFile(contents)
        await file.sync()
    } finally {
        await file.close()
    }
}

export async function exists(path: string): Promise<boolean> {
    return access(path).then(
        () => true,
        () => false,
    )
}
