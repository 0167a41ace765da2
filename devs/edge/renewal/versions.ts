/**
 * The certificates that were deployed, on the disk: `versions/<n>/` with the files of one chain and its key, and the links
 * `live` and `previous`. A version appears with all its files or not at all, and never changes; what serves changes by
 * the rename of one link, so nobody ever sees the chain of one version with the key of another. This file touches the
 * disk.
 */
import { mkdir, readdir, readFile, readlink, rename, rm, symlink } from "node:fs/promises"
import path from "node:path"
import { JsonField } from "../../../certs/json-field.ts"
import { makeFolder, PRIVATE_FOLDER_MODE, PRIVATE_MODE, PUBLIC_MODE, writeSynced } from "../../../certs/replace-file.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import { type Certificate, parsePem } from "../../../certs/x509/certificate.ts"
import type { KeyType } from "../../../certs/x509/issue.ts"
import { KEY_TYPES } from "./settings.ts"
import { syncFolder } from "./sync-folder.ts"
import type { ServedFiles } from "./types.ts"

const VERSIONS = "versions"
const LIVE = "live"
const PREVIOUS = "previous"
/** Name of the self-signed certificate with which a server can start (site/placeholder.ts). */
export const PLACEHOLDER_VERSION = "0"
/** of a folder or link that is being made */
const UNFINISHED = ".new-"
/** with the one that serves; the others are for people who want to go back further */
const KEPT_VERSIONS = 3

const FILES = { chain: "fullchain.pem", key: "privkey.pem", combined: "combined.pem", origin: "origin.json" }

/** Where a chain comes from. */
export interface Origin {
    source: string
    label: string
    keyType: KeyType
}

/** A version, read from its files. */
export interface Version extends Origin {
    /** a number from 1, as text */
    name: string
    chain: [Certificate, ...Certificate[]]
    keyPem: string
    leafSha256: string
}

/** Writes a version and returns its name; it does not serve yet. */
export async function writeVersion(
    folder: string,
    { chainPem, keyPem }: { chainPem: string; keyPem: string },
    origin: Origin,
): Promise<string> {
    const versions = path.join(folder, VERSIONS)
    await makeFolder(versions, PRIVATE_FOLDER_MODE)
    const name = String(1 + Math.max(0, ...(await versionNames(folder)).map(Number)))
    const unfinished = path.join(versions, `${UNFINISHED}${name}`)
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { mode: PRIVATE_FOLDER_MODE })
    const write = (file: string, text: string, mode: number) => writeSynced(path.join(unfinished, file), text, mode)
    await write(FILES.key, keyPem, PRIVATE_MODE)
    await write(FILES.combined, withNewline(chainPem) + keyPem, PRIVATE_MODE)
    await write(FILES.chain, chainPem, PUBLIC_MODE)
    await write(FILES.origin, `${JSON.stringify(origin, null, 4)}\n`, PUBLIC_MODE)
    await syncFolder(unfinished)
    await rename(unfinished, path.join(versions, name))
    await syncFolder(versions)
    return name
}

const withNewline = (text: string) => (text.endsWith("\n") ? text : `${text}\n`)

/** The names of complete versions, the oldest first. */
async function versionNames(folder: string): Promise<string[]> {
    const names = await readdir(path.join(folder, VERSIONS)).catch((): string[] => [])
    return names.filter(name => /^[1-9]\d*$/.test(name)).sort((a, b) => Number(a) - Number(b))
}

/** Name of the version that a link points to; undefined if there is no link. */
async function linked(folder: string, link: string): Promise<string | undefined> {
    const target = await readlink(path.join(folder, link)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined
        throw error
    })
    return target && path.basename(target)
}

export const liveName = (folder: string) => linked(folder, LIVE)
export const previousName = (folder: string) => linked(folder, PREVIOUS)

/** Makes a version serve, once the target is activated. */
export const linkLive = (folder: string, name: string) => replaceLink(folder, LIVE, name)
export const linkPrevious = (folder: string, name: string) => replaceLink(folder, PREVIOUS, name)

/** The link is relative, so that the folder can be moved and mounted elsewhere. */
async function replaceLink(folder: string, link: string, name: string): Promise<void> {
    const unfinished = path.join(folder, `${UNFINISHED}${link}`)
    await rm(unfinished, { force: true })
    await symlink(path.join(VERSIONS, name), unfinished)
    await rename(unfinished, path.join(folder, link))
    await syncFolder(folder)
}

/** @throws Error if a file of the version is missing or damaged */
export async function readVersion(folder: string, name: string): Promise<Version> {
    const read = (file: string) => readFile(path.join(folder, VERSIONS, name, file), "utf8")
    const chain = parsePem(await read(FILES.chain))
    const origin = JsonField.parse(await read(FILES.origin))
    return {
        name,
        chain,
        keyPem: await read(FILES.key),
        leafSha256: sha256Of(chain[0].der),
        source: origin.at("source").text(),
        label: origin.at("label").text(),
        keyType: origin.at("keyType").oneOf(KEY_TYPES),
    }
}

/** The version that `live` points to; undefined if there is none, or a placeholder. @throws Error as `readVersion` */
export async function readLiveVersion(folder: string): Promise<Version | undefined> {
    const name = await liveName(folder)
    return name === undefined || name === PLACEHOLDER_VERSION ? undefined : readVersion(folder, name)
}

/** The files as a target gets them: through the link `live`, so that their paths are always the same. */
export function servedFiles(folder: string, names: string[], leafSha256: string): ServedFiles {
    const live = path.resolve(folder, LIVE)
    return {
        folder: live,
        chain: path.join(live, FILES.chain),
        key: path.join(live, FILES.key),
        combined: path.join(live, FILES.combined),
        names,
        leafSha256,
    }
}

/** Removes old versions, but none that a link points to, and what a killed round left unfinished. */
export async function cleanVersions(folder: string): Promise<void> {
    const names = await versionNames(folder)
    const kept = [await liveName(folder), await previousName(folder), ...names.slice(-KEPT_VERSIONS)]
    const versions = path.join(folder, VERSIONS)
    for (const name of names.filter(name => !kept.includes(name)))
        await rm(path.join(versions, name), { recursive: true, force: true })
    for (const name of await readdir(versions).catch((): string[] => []))
        if (name.startsWith(UNFINISHED)) await rm(path.join(versions, name), { recursive: true, force: true })
}
