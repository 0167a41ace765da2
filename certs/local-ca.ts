/**
 * Private CAs: a root and one issuing intermediate. Servers send leaf and
 * intermediate, as on the internet, never the root. The throw-away CA of a machine
 * also keeps the certificate of the server on it.
 *
 * This file touches the disk. The directory is created whole or not at all; only
 * the server's two files are ever replaced in it.
 */
import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, X509Certificate } from "node:crypto"
import { mkdtemp, readFile, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { AirpinError, asAirpinError } from "./error.ts"
import { exists, makeFolder, PRIVATE_MODE, PUBLIC_MODE, replaceFile, writeSynced } from "./replace-file.ts"
import { type Certificate, isSignedBy, parsePem, toPem } from "./x509/certificate.ts"
import {
    encodeName,
    generateKey,
    type Issuer,
    issueCertificate,
    type KeyType,
    MAX_COMMON_NAME_LENGTH,
} from "./x509/issue.ts"
import { isIpAddress } from "./x509/server-name.ts"

const DAY_MS = 24 * 3600 * 1000
/** the usual allowance for clients whose clock is slow */
const BACKDATED_MS = 3600 * 1000
/** ten years: as long as a device may lie unused */
const ROOT_LIFETIME_MS = 3650 * DAY_MS
const INTERMEDIATE_LIFETIME_MS = 1825 * DAY_MS
/** as Let's Encrypt: 90 days, and ACME clients renew when a third is left */
const LEAF_LIFETIME_MS = 90 * DAY_MS
const RENEW_BEFORE_MS = 30 * DAY_MS

const FILES = {
    root: "root.pem",
    rootKey: "root.key.pem",
    intermediate: "intermediate.pem",
    intermediateKey: "intermediate.key.pem",
    server: "server.pem",
    serverKey: "server.key.pem",
}

/** What a TLS server needs, in PEM. */
export interface ServerCredentials {
    /** private key, PKCS #8 */
    keyPem: string
    /** leaf, then intermediate, without the root */
    chainPem: string
}

/** A server certificate to issue. */
export interface LeafRequest {
    /** DNS names and IP addresses; default: localhost, 127.0.0.1, ::1 */
    names?: string[]
    /** default P-256 */
    keyType?: KeyType
    /** default: an hour ago, and 90 days from now */
    notBefore?: Date
    notAfter?: Date
}

/** A CA that issues server certificates. */
export interface IssuingCa {
    /** its folder */
    directory: string
    /** what clients trust: the file for `--ca` or `--backup` */
    rootPem: string
    intermediatePem: string
    /** issues a server's certificate without storing it. @throws AirpinError SERVER_NAME_INVALID */
    issue(request?: LeafRequest): Promise<ServerCredentials>
}

/** The CA of a machine, with the certificate of the server on it. */
export interface LocalCa extends IssuingCa {
    /** the stored certificate of the server on this machine; reissued 30 days before it ends */
    server: ServerCredentials
}

/** How a new CA is made. For an existing one, only `serverNames` and `now` have an effect. */
export interface CaOptions {
    /** common names; default: "airpin throw-away root <8 hex digits>", and the same of the intermediate */
    rootName?: string
    intermediateName?: string
    /** of the root and the intermediate; default P-256 */
    keyType?: KeyType
    /** of the root and the intermediate; default: 10 and 5 years */
    lifetimeMs?: number
    /** names of the stored server certificate; default: localhost, 127.0.0.1, ::1 */
    serverNames?: string[]
    now?: Date
}

const LOCAL_NAMES = ["localhost", "127.0.0.1", "::1"]

/**
 * Opens the CA in a directory, or creates it there: directory 0700, private keys 0600.
 *
 * @throws AirpinError CA_BROKEN when the directory contains something else, or the CA has expired
 */
export async function openOrCreateLocalCa(directory: string, options: CaOptions = {}): Promise<LocalCa> {
    const now = () => options.now ?? new Date()
    if (!(await exists(join(directory, FILES.root)))) await install(directory, options, now())
    const ca = await open(directory, now())
    return {
        ...issuing(directory, ca, now),
        server: await keepServer(ca, directory, options.serverNames ?? LOCAL_NAMES, now()),
    }
}

/**
 * Creates a CA in a directory that must not exist yet: directory 0700, private
 * keys 0600, no server certificate.
 *
 * @throws AirpinError CA_EXISTS, CA_BROKEN
 */
export async function createCa(directory: string, options: CaOptions = {}): Promise<IssuingCa> {
    if (await exists(directory)) {
        throw new AirpinError("CA_EXISTS", `${directory} already exists`)
    }
    await install(directory, options, options.now ?? new Date())
    return openCa(directory, options.now)
}

/**
 * Opens a CA to issue from it; nothing is created or changed.
 *
 * @throws AirpinError CA_MISSING; CA_BROKEN when a part is missing, or it has expired
 */
export async function openCa(directory: string, now?: Date): Promise<IssuingCa> {
    if (!(await exists(join(directory, FILES.root)))) {
        throw new AirpinError("CA_MISSING", `there is no CA in ${directory}`)
    }
    return issuing(directory, await open(directory, now ?? new Date()), () => now ?? new Date())
}

function issuing(directory: string, ca: Ca, now: () => Date): IssuingCa {
    return {
        directory,
        rootPem: toPem(ca.root),
        intermediatePem: toPem(ca.intermediate),
        issue: (request = {}) => issueLeaf(ca, request, now()),
    }
}

/** Creates the CA in a temporary folder and renames it, so that another process never sees half of it. */
async function install(directory: string, options: CaOptions, now: Date): Promise<void> {
    await makeFolder(dirname(directory))
    const staging = await mkdtemp(`${directory}.new-`) // mode 0700
    try {
        await writeCa(staging, options, now)
        await rename(staging, directory)
    } catch (cause) {
        await rm(staging, { recursive: true, force: true })
        if (await exists(join(directory, FILES.root))) return // another process was faster
        if (asAirpinError(cause).code === "DISK_FULL") throw cause
        throw broken(directory, "it cannot be created there", cause)
    }
}

async function writeCa(directory: string, options: CaOptions, now: Date): Promise<void> {
    const suffix = randomBytes(4).toString("hex")
    const rootDer = encodeName(options.rootName ?? `airpin throw-away root ${suffix}`)
    const intermediateDer = encodeName(options.intermediateName ?? `airpin throw-away intermediate ${suffix}`)
    const rootKey = await generateKey(options.keyType ?? "P-256")
    const intermediateKey = await generateKey(options.keyType ?? "P-256")
    const issuer = { nameDer: rootDer, privateKey: rootKey }
    const root = issueCa(rootDer, rootKey, issuer, undefined, validity(now, options.lifetimeMs ?? ROOT_LIFETIME_MS))
    const intermediateDates = validity(now, options.lifetimeMs ?? INTERMEDIATE_LIFETIME_MS)
    const intermediate = issueCa(intermediateDer, intermediateKey, issuer, 0, intermediateDates)
    await writeSynced(join(directory, FILES.rootKey), keyPem(rootKey), PRIVATE_MODE)
    await writeSynced(join(directory, FILES.intermediateKey), keyPem(intermediateKey), PRIVATE_MODE)
    await writeSynced(join(directory, FILES.intermediate), toPem(intermediate), PUBLIC_MODE)
    await writeSynced(join(directory, FILES.root), toPem(root), PUBLIC_MODE)
}

interface Validity {
    notBefore: Date
    notAfter: Date
}

function validity(now: Date, lifetimeMs: number): Validity {
    return { notBefore: new Date(now.getTime() - BACKDATED_MS), notAfter: new Date(now.getTime() + lifetimeMs) }
}

function issueCa(subjectDer: Buffer, key: KeyObject, issuer: Issuer, pathLength: number | undefined, dates: Validity) {
    const limit = pathLength === undefined ? {} : { pathLength }
    const purpose = { kind: "ca", ...limit } as const
    return issueCertificate({ subjectDer, publicKey: createPublicKey(key), issuer, purpose, ...dates })
}

interface Ca {
    root: Certificate
    intermediate: Certificate
    intermediateKey: KeyObject
}

async function open(directory: string, now: Date): Promise<Ca> {
    const read = (name: string) => readFile(join(directory, name), "utf8")
    try {
        const [root] = parsePem(await read(FILES.root))
        const [intermediate] = parsePem(await read(FILES.intermediate))
        const intermediateKey = createPrivateKey(await read(FILES.intermediateKey))
        return checkCa({ root, intermediate, intermediateKey }, now)
    } catch (cause) {
        throw broken(directory, (cause as Error).message, cause)
    }
}

function checkCa(ca: Ca, now: Date): Ca {
    if (!isKeyOf(ca.intermediateKey, ca.intermediate))
        throw new Error("the intermediate's key does not belong to its certificate")
    if (!isSignedBy(ca.intermediate, ca.root)) throw new Error("the root did not sign the intermediate")
    const end = Math.min(ca.root.notAfter.getTime(), ca.intermediate.notAfter.getTime())
    if (end <= now.getTime()) throw new Error(`it expired on ${new Date(end).toISOString()}`)
    return ca
}

function broken(directory: string, why: string, cause: unknown): AirpinError {
    return new AirpinError("CA_BROKEN", `the CA in ${directory} cannot be used: ${why}`, { cause })
}

/** The stored server certificate, or a new one that replaces it. */
async function keepServer(ca: Ca, directory: string, names: string[], now: Date): Promise<ServerCredentials> {
    const kept = await readServer(directory).catch(() => undefined) // missing or damaged: a new one is issued
    if (kept && isGood(kept, ca, names, now)) return kept
    const fresh = await issueLeaf(ca, { names }, now)
    await replaceFile(directory, FILES.serverKey, fresh.keyPem, PRIVATE_MODE)
    await replaceFile(directory, FILES.server, fresh.chainPem, PUBLIC_MODE)
    return fresh
}

async function readServer(directory: string): Promise<ServerCredentials> {
    const chainPem = await readFile(join(directory, FILES.server), "utf8")
    return { keyPem: await readFile(join(directory, FILES.serverKey), "utf8"), chainPem }
}

/** True when a server can use the certificate for at least 30 more days. */
function isGood({ keyPem, chainPem }: ServerCredentials, ca: Ca, names: string[], now: Date): boolean {
    try {
        const [leaf] = parsePem(chainPem)
        const endsLater = leaf.notAfter.getTime() - now.getTime() > RENEW_BEFORE_MS && leaf.notBefore <= now
        return (
            endsLater &&
            isSignedBy(leaf, ca.intermediate) &&
            isKeyOf(createPrivateKey(keyPem), leaf) &&
            isFor(names, leaf)
        )
    } catch {
        return false // damaged: a new one is issued over it
    }
}

function isFor(names: string[], leaf: Certificate): boolean {
    const certificate = new X509Certificate(leaf.der)
    return names.every(
        name => (isIpAddress(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined,
    )
}

function isKeyOf(key: KeyObject, certificate: Certificate): boolean {
    return createPublicKey(key).export({ type: "spki", format: "der" }).equals(certificate.spkiDer)
}

async function issueLeaf(ca: Ca, request: LeafRequest, now: Date): Promise<ServerCredentials> {
    const names = request.names ?? LOCAL_NAMES
    const key = await generateKey(request.keyType ?? "P-256")
    const dates = validity(now, LEAF_LIFETIME_MS)
    const leaf = issueCertificate({
        subjectDer: encodeName((names[0] ?? "airpin server").slice(0, MAX_COMMON_NAME_LENGTH)),
        publicKey: createPublicKey(key),
        issuer: { nameDer: ca.intermediate.subjectDer, privateKey: ca.intermediateKey },
        purpose: { kind: "server", names },
        notBefore: request.notBefore ?? dates.notBefore,
        notAfter: request.notAfter ?? dates.notAfter,
    })
    return { keyPem: keyPem(key), chainPem: toPem(leaf) + toPem(ca.intermediate) }
}

function keyPem(key: KeyObject): string {
    return key.export({ type: "pkcs8", format: "pem" }) as string
}
