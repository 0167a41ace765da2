/**
 * The pins of a fleet, as files to review like code: one PEM file per anchor
 * and `pins.json`, the lock that lists them.
 *
 * This file touches the disk. A lock is replaced as a whole: until the new
 * `pins.json` is in place, the old one with all its PEM files stays valid.
 */
import { readdir, readFile, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import {
    ANCHOR_ROLES,
    ANCHOR_SOURCES,
    type Anchor,
    type AnchorRole,
    type AnchorSource,
    isSameCa,
    keyText,
} from "./anchor.ts"
import { AirpinError } from "./error.ts"
import { JsonField } from "./json-field.ts"
import { type Operator, trustEndOf } from "./operators.ts"
import { isTemporaryName, makeFolder, type PreparedFile, PUBLIC_MODE, prepareFile } from "./replace-file.ts"
import { type Certificate, parsePem, toPem } from "./x509/certificate.ts"

const LOCK_NAME = "pins.json"
const LOCK_VERSION = 1
const INDENT_SPACES = 4

/** An anchor of the lock, with the certificate of its PEM file. */
export interface LockedAnchor extends Anchor {
    /** name of the PEM file beside pins.json */
    file: string
}

/** What is pinned. */
export interface Lock {
    version: typeof LOCK_VERSION
    /** servers the anchors were chosen for: HOST:PORT, ascending */
    hosts: string[]
    /** ascending by file name */
    anchors: LockedAnchor[]
}

/**
 * Makes `directory` contain exactly these pins; it is created when missing. Files
 * that do not belong to the lock stay. When nothing changes, nothing is written.
 *
 * @param hosts HOST:PORT of one server or of several, in any order
 * @param operators give the end-of-trust dates shown beside their roots; default: the reviewed table
 * @throws AirpinError LOCK_EMPTY without an anchor, LOCK_NAME_CONFLICT when two
 * anchors with one key differ only in the rest of their names
 */
export async function writeLock(
    directory: string,
    anchors: Anchor[],
    hosts: string | string[],
    operators?: readonly Operator[],
): Promise<{ changed: boolean }> {
    const files = lockFiles(anchors, [hosts].flat(), operators)
    await makeFolder(directory)
    await removeLeftovers(directory)
    const changed: [name: string, text: string][] = []
    for (const [name, text] of files) if (!(await holds(join(directory, name), text))) changed.push([name, text])
    if (changed.length === 0) return { changed: false }
    const old = await readLock(directory).catch(() => undefined) // missing or broken: no files of it to remove
    await replaceAll(directory, changed)
    const stale = (old?.anchors ?? []).filter(({ file }) => !files.has(file))
    await Promise.all(stale.map(({ file }) => rm(join(directory, file), { force: true })))
    return { changed: true }
}

/**
 * The pins, with every PEM file checked against its SPKI hash. Other files in
 * the folder are not read.
 *
 * @throws AirpinError LOCK_MISSING, LOCK_CORRUPT
 */
export async function readLock(directory: string): Promise<Lock> {
    const text = await readFile(join(directory, LOCK_NAME), "utf8").catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === "ENOTDIR") throw notAFolder(directory)
        throw new AirpinError("LOCK_MISSING", `there is no ${LOCK_NAME} in ${directory}`, { cause })
    })
    try {
        const { hosts, anchors } = parsePins(text)
        return {
            version: LOCK_VERSION,
            hosts,
            anchors: await Promise.all(anchors.map(entry => readAnchor(directory, entry))),
        }
    } catch (cause) {
        throw new AirpinError("LOCK_CORRUPT", `the pins in ${directory} cannot be used: ${(cause as Error).message}`, {
            cause,
        })
    }
}

function notAFolder(file: string): AirpinError {
    return new AirpinError(
        "LOCK_MISSING",
        `${file} is a file, not a folder of pins`,
        `make the folder: airpin pin HOST --ca ${file}`,
    )
}

/** The anchors of `lock` that are not among `anchors`: devices that rely on one of them would be lost. */
export function removedAnchors(lock: Lock, anchors: Anchor[]): LockedAnchor[] {
    return lock.anchors.filter(old => !anchors.some(({ certificate }) => isSameCa(certificate, old.certificate)))
}

/** An anchor with its operator's end-of-trust date, where one is known. */
type DatedAnchor = LockedAnchor & { trustEnds: string | undefined }

/** File names and contents in the order in which they are put in place, `pins.json` last. */
function lockFiles(anchors: Anchor[], hosts: string[], operators?: readonly Operator[]): Map<string, string> {
    if (anchors.length === 0) throw new AirpinError("LOCK_EMPTY", "there is no anchor to pin")
    const named = anchors.map(anchor => ({
        ...anchor,
        file: fileName(anchor.certificate),
        trustEnds: trustEndOf(anchor.certificate, operators),
    }))
    named.sort((one, other) => (one.file < other.file ? -1 : 1))
    const files = new Map(named.map(anchor => [anchor.file, pemText(anchor)]))
    const second = named.find(({ file }, at) => named[at - 1]?.file === file)
    if (second) throw nameConflict(second)
    return files.set(LOCK_NAME, pinsText(named, hosts))
}

function nameConflict({ certificate }: LockedAnchor): AirpinError {
    return new AirpinError(
        "LOCK_NAME_CONFLICT",
        `two anchors with the key of "${certificate.subject}" would have the same file name`,
    )
}

const MAX_SLUG = 48
const SHORT_HASH_DIGITS = 12

/** Common name and start of the SPKI hash: `isrg-root-x1-0b9fa5a59eed.pem`. */
function fileName({ subject, spkiSha256 }: Certificate): string {
    const [, commonName = subject] = /(?:^|, )CN=((?:\\.|[^,\\])+)/.exec(subject) ?? []
    const ascii = commonName.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase()
    const slug =
        ascii
            .replaceAll(/[^a-z0-9]+/g, "-")
            .slice(0, MAX_SLUG)
            .replaceAll(/^-|-$/g, "") || "anchor"
    return `${slug}-${spkiSha256.slice(0, SHORT_HASH_DIGITS)}.pem`
}

const FILE_NAME = /^[a-z0-9-]+-[0-9a-f]{12}\.pem$/

function pemText({ certificate, reason, trustEnds }: DatedAnchor): string {
    const comments = [
        `subject: ${certificate.subject}`,
        `key: ${keyText(certificate)}`,
        `SPKI SHA-256: ${certificate.spkiSha256}`,
        `not after: ${certificate.notAfter.toISOString()}`,
        ...(trustEnds ? [`trusted by others until about: ${trustEnds}`] : []),
        `reason: ${reason}`,
    ]
    return comments.map(line => `# ${line}\n`).join("") + toPem(certificate)
}

/** An anchor as it stands in pins.json. */
interface Entry {
    file: string
    /** type and size; for people */
    key: string
    notAfter: string
    reason: string
    role: AnchorRole
    source: AnchorSource
    spkiSha256: string
    subject: string
    /** the operator's end-of-trust date, YYYY-MM-DD; for people */
    trustEnds?: string
}

function pinsText(anchors: DatedAnchor[], hosts: string[]): string {
    const document = { anchors: anchors.map(toEntry), hosts: [...new Set(hosts)].sort(), version: LOCK_VERSION }
    return `${JSON.stringify(document, null, INDENT_SPACES)}\n`
}

/** Keys are in ascending order. */
function toEntry({ file, certificate, reason, role, source, trustEnds }: DatedAnchor): Entry {
    const { notAfter, spkiSha256, subject } = certificate
    const entry = {
        file,
        key: keyText(certificate),
        notAfter: notAfter.toISOString(),
        reason,
        role,
        source,
        spkiSha256,
        subject,
    }
    return trustEnds ? { ...entry, trustEnds } : entry
}

async function holds(path: string, text: string): Promise<boolean> {
    return readFile(path, "utf8").then(
        found => found === text,
        () => false, // unreadable: writing it reports the error
    )
}

/** Writes all files under temporary names before it renames the first; the last rename makes the lock valid. */
async function replaceAll(directory: string, files: [name: string, text: string][]): Promise<void> {
    const prepared: PreparedFile[] = []
    try {
        for (const [name, text] of files) prepared.push(await prepareFile(directory, name, text, PUBLIC_MODE))
        for (const file of prepared) await file.commit()
    } finally {
        for (const file of prepared) await file.discard()
    }
}

/** no write takes this long, so an older temporary file was left by a killed process */
const LEFTOVER_AGE_MS = 600_000

async function removeLeftovers(directory: string): Promise<void> {
    for (const name of (await readdir(directory)).filter(isTemporaryName)) {
        const path = join(directory, name)
        const found = await stat(path).catch(() => undefined) // another process has just renamed it
        if (found && Date.now() - found.mtimeMs > LEFTOVER_AGE_MS) await rm(path, { force: true })
    }
}

async function readAnchor(directory: string, entry: ParsedEntry): Promise<LockedAnchor> {
    const { file, reason, role, source, spkiSha256 } = entry
    const text = await readFile(join(directory, file), "utf8")
    // a subject in a comment may contain anything, even a PEM header
    const [certificate, ...more] = parsePem(text.replaceAll(/^#.*$/gm, ""))
    if (more.length > 0) throw new Error(`${file} contains more than one certificate`)
    if (certificate.spkiSha256 !== spkiSha256)
        throw new Error(`${file} contains a different key than ${LOCK_NAME} lists`)
    return { certificate, reason, role, source, file }
}

/** What is read of an entry; the rest is for people. */
type ParsedEntry = Omit<Entry, "key" | "trustEnds">

function parsePins(text: string): { hosts: string[]; anchors: ParsedEntry[] } {
    const json = JsonField.parse(text)
    json.at("version").literal(LOCK_VERSION)
    return { hosts: json.at("hosts").list(host => host.text()), anchors: json.at("anchors").nonEmptyList(parseEntry) }
}

function parseEntry(json: JsonField): ParsedEntry {
    return {
        file: json.at("file").matching(FILE_NAME, "the name of a PEM file in this folder"),
        notAfter: json.at("notAfter").text(),
        reason: json.at("reason").text(),
        role: json.at("role").oneOf(ANCHOR_ROLES),
        source: json.at("source").oneOf(ANCHOR_SOURCES),
        spkiSha256: json.at("spkiSha256").sha256(),
        subject: json.at("subject").text(),
    }
}
