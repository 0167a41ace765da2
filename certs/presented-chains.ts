/**
 * The chain that each server presented when it was pinned: `presented.json`
 * beside the lock. A later check tells a renewed certificate from a new path by it.
 * A certificate is never trusted because it is listed here. This file touches the disk.
 */

import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { linkChain } from "./chain.ts"
import { AirpinError } from "./error.ts"
import { JsonField } from "./json-field.ts"
import { makeFolder, PUBLIC_MODE, replaceFile } from "./replace-file.ts"
import { sha256Of } from "./sha256.ts"
import type { Certificate } from "./x509/certificate.ts"

const FILE_NAME = "presented.json"
const FILE_VERSION = 1
const INDENT_SPACES = 4

/** One certificate of a path, by its hashes. */
export interface PresentedCertificate {
    /** SHA-256 of the whole certificate, lower-case hex */
    certificateSha256: string
    /** SHA-256 of its SubjectPublicKeyInfo, lower-case hex */
    spkiSha256: string
    subject: string
    /** ISO 8601, UTC */
    notAfter: string
}

/** The chain that one server presented. */
export interface PresentedChain {
    /** the name devices use for it */
    serverName: string
    /** the path the chip builds, leaf first, without the certificates it does not link */
    path: PresentedCertificate[]
    /** paths of further chains: at other addresses of the server, or for clients that offer more than the chip */
    others?: PresentedCertificate[][]
}

/**
 * The record of what a server presents.
 *
 * @param presented the chain that devices get, in the order sent
 * @param others further chains that the server presents
 */
export function presentedChain(
    serverName: string,
    presented: Certificate[],
    others: Certificate[][] = [],
): PresentedChain {
    const further = others.map(pathOf)
    return { serverName, path: pathOf(presented), ...(further.length > 0 && { others: further }) }
}

const pathOf = (presented: Certificate[]) => linkChain(presented).map(describe)

function describe({ der, notAfter, spkiSha256, subject }: Certificate): PresentedCertificate {
    const certificateSha256 = sha256Of(der)
    return { certificateSha256, notAfter: notAfter.toISOString(), spkiSha256, subject }
}

/**
 * Makes the file contain exactly these records, sorted by host. When nothing
 * changes, nothing is written.
 *
 * @param hosts the chain presented by each HOST:PORT of the lock
 */
export async function writePresentedChains(
    directory: string,
    hosts: Record<string, PresentedChain>,
): Promise<{ changed: boolean }> {
    const text = fileText(hosts)
    const path = join(directory, FILE_NAME)
    const found = await readFile(path, "utf8").catch(() => undefined) // unreadable: writing it reports the error
    if (found === text) return { changed: false }
    await makeFolder(directory)
    await replaceFile(directory, FILE_NAME, text, PUBLIC_MODE)
    return { changed: true }
}

/** Keys are in ascending order. */
function fileText(hosts: Record<string, PresentedChain>): string {
    const sorted = Object.entries(hosts)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([host, record]) => [host, sortedRecord(record)])
    const document = { hosts: Object.fromEntries(sorted), version: FILE_VERSION }
    return `${JSON.stringify(document, null, INDENT_SPACES)}\n`
}

function sortedRecord({ others, path, serverName }: PresentedChain): PresentedChain {
    return { ...(others && { others: others.map(sortedPath) }), path: sortedPath(path), serverName }
}

function sortedPath(path: PresentedCertificate[]): PresentedCertificate[] {
    return path.map(({ certificateSha256, notAfter, spkiSha256, subject }) => ({
        certificateSha256,
        notAfter,
        spkiSha256,
        subject,
    }))
}

/**
 * The records by HOST:PORT; an empty map when there is no such file, as in a
 * folder that was pinned by hand.
 *
 * @throws AirpinError PRESENTED_CORRUPT
 */
export async function readPresentedChains(directory: string): Promise<Map<string, PresentedChain>> {
    const text = await readFile(join(directory, FILE_NAME), "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined
        throw corrupt(directory, error)
    })
    if (text === undefined) return new Map()
    try {
        return parseRecords(text)
    } catch (cause) {
        throw corrupt(directory, cause as Error)
    }
}

function corrupt(directory: string, cause: Error): AirpinError {
    return new AirpinError("PRESENTED_CORRUPT", `${FILE_NAME} in ${directory} cannot be used: ${cause.message}`, {
        cause,
    })
}

function parseRecords(text: string): Map<string, PresentedChain> {
    const json = JsonField.parse(text)
    json.at("version").literal(FILE_VERSION)
    return json.at("hosts").map(parseChain)
}

function parseChain(json: JsonField): PresentedChain {
    return {
        path: parsePath(json.at("path")),
        serverName: json.at("serverName").text(),
        ...(json.has("others") && { others: json.at("others").nonEmptyList(parsePath) }),
    }
}

const parsePath = (json: JsonField) => json.nonEmptyList(parsePathCertificate)

function parsePathCertificate(json: JsonField): PresentedCertificate {
    return {
        certificateSha256: json.at("certificateSha256").sha256(),
        notAfter: json.at("notAfter").text(),
        spkiSha256: json.at("spkiSha256").sha256(),
        subject: json.at("subject").text(),
    }
}
