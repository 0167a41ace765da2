/** Signature algorithms as mbedTLS 3.5.0 reads them (oid.c; x509.c for RSASSA-PSS), in ESP-IDF's configuration. */
import { CONTEXT_CONSTRUCTED, DerReader, NULL, OBJECT_IDENTIFIER, SEQUENCE } from "./der-reader.ts"
import {
    ChipError,
    FEATURE_UNAVAILABLE,
    INVALID_ALGORITHM,
    INVALID_DATA,
    OID_NOT_FOUND,
    UNEXPECTED_TAG,
    UNKNOWN_SIGNATURE_ALGORITHM,
    within,
} from "./status.ts"

export interface PssAlgorithm {
    scheme: "rsa-pss"
    /** node:crypto's name of the hash */
    hash: string
    maskHash: string
    /** bytes */
    saltLength: number
}

export type SignatureAlgorithm = { scheme: "rsa" | "ecdsa" /** node:crypto's name */; hash: string } | PssAlgorithm

/** An AlgorithmIdentifier: contents of its OID; tag 0 = no parameters. */
export interface AlgorithmIdentifier {
    oid: Buffer
    tag: number
    parameters: Buffer
}

/** contents of the OID in hex; names of RFC 8017, RFC 5758 and ISO 14888-3 */
const ALGORITHMS: Record<string, SignatureAlgorithm> = {
    "2a864886f70d010104": { scheme: "rsa", hash: "md5" },
    "2a864886f70d010105": { scheme: "rsa", hash: "sha1" },
    "2b0e03021d": { scheme: "rsa", hash: "sha1" },
    "2a864886f70d01010e": { scheme: "rsa", hash: "sha224" },
    "2a864886f70d01010b": { scheme: "rsa", hash: "sha256" },
    "2a864886f70d01010c": { scheme: "rsa", hash: "sha384" },
    "2a864886f70d01010d": { scheme: "rsa", hash: "sha512" },
    "2a8648ce3d0401": { scheme: "ecdsa", hash: "sha1" },
    "2a8648ce3d040301": { scheme: "ecdsa", hash: "sha224" },
    "2a8648ce3d040302": { scheme: "ecdsa", hash: "sha256" },
    "2a8648ce3d040303": { scheme: "ecdsa", hash: "sha384" },
    "2a8648ce3d040304": { scheme: "ecdsa", hash: "sha512" },
}
const RSASSA_PSS = "2a864886f70d01010a"
const MGF1 = "2a864886f70d010108"

const HASHES: Record<string, string> = {
    "2a864886f70d0205": "md5",
    "2b0e03021a": "sha1",
    "608648016503040204": "sha224",
    "608648016503040201": "sha256",
    "608648016503040202": "sha384",
    "608648016503040203": "sha512",
    "608648016503040207": "sha3-224",
    "608648016503040208": "sha3-256",
    "608648016503040209": "sha3-384",
    "60864801650304020a": "sha3-512",
}

/** Reads an AlgorithmIdentifier with optional parameters. @throws ChipError with a low code */
export function readAlgorithmIdentifier(reader: DerReader): AlgorithmIdentifier {
    const fields = reader.enter(SEQUENCE)
    const oid = fields.contents(OBJECT_IDENTIFIER)
    if (fields.done) return { oid, tag: 0, parameters: Buffer.alloc(0) }
    const { tag, contents } = fields.any()
    fields.finish()
    return { oid, tag, parameters: contents }
}

/** True when there are no parameters, or NULL. */
export function hasNoParameters(identifier: AlgorithmIdentifier): boolean {
    return (identifier.tag === 0 || identifier.tag === NULL) && identifier.parameters.length === 0
}

/** The algorithm. @throws ChipError -0x262E for an unknown one: the chip ignores such a certificate */
export function signatureAlgorithm(identifier: AlgorithmIdentifier): SignatureAlgorithm {
    const oid = identifier.oid.toString("hex")
    if (oid === RSASSA_PSS) return readPss(identifier)
    const known = ALGORITHMS[oid]
    if (!known) throw new ChipError(UNKNOWN_SIGNATURE_ALGORITHM + OID_NOT_FOUND)
    if (!hasNoParameters(identifier)) throw new ChipError(INVALID_ALGORITHM)
    return known
}

/** RFC 4055, 3.1: all fields optional, explicitly tagged, SHA-1 and 20 by default. */
function readPss(identifier: AlgorithmIdentifier): SignatureAlgorithm {
    return within(INVALID_ALGORITHM, () => {
        if (identifier.tag !== SEQUENCE) throw new ChipError(UNEXPECTED_TAG)
        const fields = new DerReader(identifier.parameters)
        const hash = optional(fields, 0, readHash) ?? "sha1"
        const maskHash = optional(fields, 1, readMaskHash) ?? "sha1"
        const saltLength = optional(fields, 2, field => field.integer()) ?? 20
        const trailer = optional(fields, 3, field => field.integer()) ?? 1
        if (trailer !== 1) throw new ChipError(INVALID_ALGORITHM)
        fields.finish()
        return { scheme: "rsa-pss", hash, maskHash, saltLength }
    })
}

function optional<T>(fields: DerReader, number: number, read: (field: DerReader) => T): T | undefined {
    if (fields.done || fields.peek() !== CONTEXT_CONSTRUCTED + number) return undefined
    const field = fields.enter(CONTEXT_CONSTRUCTED + number)
    const value = read(field)
    field.finish()
    return value
}

function readHash(field: DerReader): string {
    const identifier = readAlgorithmIdentifier(field)
    if (!hasNoParameters(identifier)) throw new ChipError(INVALID_DATA)
    return hashNamed(identifier.oid)
}

function readMaskHash(field: DerReader): string {
    const { oid, tag, parameters } = readAlgorithmIdentifier(field)
    if (oid.toString("hex") !== MGF1) throw new ChipError(FEATURE_UNAVAILABLE + OID_NOT_FOUND)
    if (tag !== SEQUENCE) throw new ChipError(UNEXPECTED_TAG)
    const inner = new DerReader(parameters)
    const hash = hashNamed(inner.contents(OBJECT_IDENTIFIER))
    if (!inner.done && inner.contents(NULL).length !== 0) throw new ChipError(INVALID_ALGORITHM)
    inner.finish()
    return hash
}

function hashNamed(oid: Buffer): string {
    const name = HASHES[oid.toString("hex")]
    if (!name) throw new ChipError(INVALID_ALGORITHM + OID_NOT_FOUND)
    return name
}
