/**
 * What a source has issued and is not deployed yet: `staging/<n>/`. It counts from the moment its `ready.json` exists,
 * which is written last. It stays while it is held back, so that another round can judge it again without an order. This
 * file touches the disk.
 */
import { mkdir, readdir, readFile, rm } from "node:fs/promises"
import path from "node:path"
import { JsonField } from "../../../certs/json-field.ts"
import {
    makeFolder,
    PRIVATE_FOLDER_MODE,
    PRIVATE_MODE,
    PUBLIC_MODE,
    replaceFile,
    writeSynced,
} from "../../../certs/replace-file.ts"
import { KEY_TYPES } from "./settings.ts"
import { syncFolder } from "./sync-folder.ts"
import type { Issued } from "./types.ts"

const STAGING = "staging"
const READY = "ready.json"
const KEY = "privkey.pem"
const chainFile = (at: number) => `chain-${at}.pem`

/** A certificate in staging. */
export interface Staged extends Issued {
    /** its own */
    folder: string
    source: string
    orderedAtMs: number
}

/** Adds a certificate; it is there with all its files or not at all. */
export async function stage(
    folder: string,
    { chains, keyPem, keyType, source, orderedAtMs }: Omit<Staged, "folder">,
): Promise<Staged> {
    const staging = path.join(folder, STAGING)
    await makeFolder(staging, PRIVATE_FOLDER_MODE)
    const name = String(1 + Math.max(0, ...(await readdir(staging)).map(Number).filter(Number.isInteger)))
    const own = path.join(staging, name)
    await mkdir(own, { mode: PRIVATE_FOLDER_MODE })
    await syncFolder(staging)
    await writeSynced(path.join(own, KEY), keyPem, PRIVATE_MODE)
    for (const [at, { pem }] of chains.entries()) await writeSynced(path.join(own, chainFile(at)), pem, PUBLIC_MODE)
    const document = { source, keyType, orderedAtMs, labels: chains.map(({ label }) => label) }
    await replaceFile(own, READY, `${JSON.stringify(document, null, 4)}\n`, PUBLIC_MODE)
    await syncFolder(own)
    return { folder: own, chains, keyPem, keyType, source, orderedAtMs }
}

/** Every certificate that is complete, the latest first; the others are removed. */
export function readStaged(folder: string): Promise<Staged[]> {
    return completeStaged(folder, own => rm(own, { recursive: true, force: true }))
}

/** Every certificate that is complete, the latest first. @param onIncomplete called with the folder of each other one */
export async function completeStaged(
    folder: string,
    onIncomplete?: (folder: string) => Promise<void>,
): Promise<Staged[]> {
    const staging = path.join(folder, STAGING)
    const names = await readdir(staging).catch((): string[] => [])
    const staged: Staged[] = []
    for (const name of names.sort((a, b) => Number(b) - Number(a))) {
        const own = path.join(staging, name)
        try {
            staged.push(await readOne(own))
        } catch {
            await onIncomplete?.(own)
        }
    }
    return staged
}

async function readOne(own: string): Promise<Staged> {
    const read = (file: string) => readFile(path.join(own, file), "utf8")
    const ready = JsonField.parse(await read(READY))
    const labels = ready.at("labels").nonEmptyList(label => label.text())
    return {
        folder: own,
        source: ready.at("source").text(),
        keyType: ready.at("keyType").oneOf(KEY_TYPES),
        orderedAtMs: ready.at("orderedAtMs").count(),
        keyPem: await read(KEY),
        chains: await Promise.all(labels.map(async (label, at) => ({ label, pem: await read(chainFile(at)) }))),
    }
}

/** Removes what is complete and `isDone`, and all that is incomplete. */
export async function cleanStaging(folder: string, isDone: (staged: Staged) => boolean): Promise<void> {
    for (const staged of await readStaged(folder))
        if (isDone(staged)) await rm(staged.folder, { recursive: true, force: true })
}
