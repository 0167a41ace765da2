/** Public keys as mbedTLS 3.5.0 reads them (pkparse.c, ecp.c), and signature verification (pk_wrap.c). */
import { constants, createPublicKey, type KeyObject, verify } from "node:crypto"
import { BIT_STRING, DerReader, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE } from "./der-reader.ts"
import {
    type AlgorithmIdentifier,
    hasNoParameters,
    type PssAlgorithm,
    readAlgorithmIdentifier,
    type SignatureAlgorithm,
} from "./signature-algorithm.ts"
import {
    ChipError,
    KEY_INVALID,
    KEY_INVALID_ALGORITHM,
    KEY_INVALID_FORMAT,
    KEY_UNKNOWN_ALGORITHM,
    KEY_UNKNOWN_CURVE,
    POINT_BAD_INPUT,
    POINT_INVALID,
    POINT_UNSUPPORTED,
    UNEXPECTED_TAG,
    within,
} from "./status.ts"

export interface ChipKey {
    kind: "rsa" | "ec" | "ec-dh"
    /** RSA: bits of the modulus, rounded UP to whole bytes as mbedTLS does; EC: bits of the field */
    bits: number
    /** EC: OpenSSL's name of the curve */
    curve?: string
    /** undefined for keys that cannot sign (X25519) */
    key?: KeyObject
}

const RSA = "2a864886f70d010101"
const EC_PUBLIC_KEY = "2a8648ce3d0201"
const EC_DH = "2b8104010c"
const X25519 = "2b656e"

interface Curve {
    /** contents of the OID in hex */
    oid: string
    name: string
    bits: number
    /** mbedTLS cannot decompress points: it has no square root for this field */
    uncompressedOnly?: true
    /** a = p - 3, which mbedTLS does not store */
    minusThree?: true
}

/** the curves of ESP-IDF's default configuration */
const CURVES: Curve[] = [
    { oid: "2a8648ce3d030101", name: "prime192v1", minusThree: true, bits: 192 },
    { oid: "2b81040021", name: "secp224r1", minusThree: true, bits: 224, uncompressedOnly: true },
    { oid: "2a8648ce3d030107", name: "prime256v1", minusThree: true, bits: 256 },
    { oid: "2b81040022", name: "secp384r1", minusThree: true, bits: 384 },
    { oid: "2b81040023", name: "secp521r1", minusThree: true, bits: 521 },
    { oid: "2b8104001f", name: "secp192k1", bits: 192 },
    { oid: "2b81040020", name: "secp224k1", bits: 224, uncompressedOnly: true },
    { oid: "2b8104000a", name: "secp256k1", bits: 256 },
    { oid: "2b2403030208010107", name: "brainpoolP256r1", bits: 256 },
    { oid: "2b240303020801010b", name: "brainpoolP384r1", bits: 384 },
    { oid: "2b240303020801010d", name: "brainpoolP512r1", bits: 512 },
]

/** MBEDTLS_MPI_MAX_SIZE of the configuration: 1024 bytes, 8192 bits */
const MAX_MODULUS_BYTES = 1024
const MIN_MODULUS_BITS = 128

/** Reads a SubjectPublicKeyInfo. @throws ChipError */
export function readSpki(reader: DerReader): ChipKey {
    const start = reader.at
    const fields = within(KEY_INVALID_FORMAT, () => reader.enter(SEQUENCE))
    const algorithm = within(KEY_INVALID_ALGORITHM, () => readAlgorithmIdentifier(fields))
    const oid = algorithm.oid.toString("hex")
    if (![RSA, EC_PUBLIC_KEY, EC_DH, X25519].includes(oid)) throw new ChipError(KEY_UNKNOWN_ALGORITHM)
    if (oid === RSA && !hasNoParameters(algorithm)) throw new ChipError(KEY_INVALID_ALGORITHM)
    const bits = within(KEY_INVALID, () => fields.wholeBytes())
    within(KEY_INVALID, () => fields.finish())
    if (oid === RSA) return readRsa(new DerReader(bits))
    if (oid === X25519) return readX25519(algorithm, bits)
    const spki = reader.bytes.subarray(start, reader.at)
    return { ...readEc(algorithm, bits, spki), kind: oid === EC_DH ? "ec-dh" : "ec" }
}

/**
 * Reads the key of a bundle entry: an RSAPublicKey (PKCS #1) or a
 * SubjectPublicKeyInfo; trailing bytes are an error.
 *
 * @throws ChipError
 */
export function readBundleKey(bytes: Buffer): ChipKey {
    if (bytes.length === 0) throw new ChipError(KEY_INVALID_FORMAT)
    try {
        return readRsa(new DerReader(bytes))
    } catch (error) {
        if (!(error instanceof ChipError) || error.status !== KEY_INVALID + UNEXPECTED_TAG) throw error
        return readSpki(new DerReader(bytes))
    }
}

function readRsa(reader: DerReader): ChipKey {
    return within(KEY_INVALID, () => {
        const fields = reader.enterToEnd(SEQUENCE)
        const modulus = withoutLeadingZeros(fields.contents(INTEGER))
        const exponent = withoutLeadingZeros(fields.contents(INTEGER))
        if (!isUsableRsa(modulus, exponent)) throw new ChipError(KEY_INVALID)
        fields.finish()
        return { kind: "rsa", bits: modulus.length * 8, key: rsaKey(modulus, exponent) }
    })
}

function withoutLeadingZeros(bytes: Buffer): Buffer {
    const first = bytes.findIndex(byte => byte !== 0)
    return first === -1 ? Buffer.alloc(0) : bytes.subarray(first)
}

function isUsableRsa(modulus: Buffer, exponent: Buffer): boolean {
    if (modulus.length === 0 || exponent.length === 0 || modulus.length > MAX_MODULUS_BYTES) return false
    const [n, e] = [BigInt(`0x${modulus.toString("hex")}`), BigInt(`0x${exponent.toString("hex")}`)]
    return n % 2n === 1n && n.toString(2).length >= MIN_MODULUS_BITS && e % 2n === 1n && e > 1n && e < n
}

function rsaKey(modulus: Buffer, exponent: Buffer): KeyObject {
    const jwk = { kty: "RSA", n: modulus.toString("base64url"), e: exponent.toString("base64url") }
    return createPublicKey({ key: jwk, format: "jwk" })
}

const X25519_BYTES = 32

function readX25519(algorithm: AlgorithmIdentifier, point: Buffer): ChipKey {
    if (algorithm.tag !== 0) throw new ChipError(KEY_INVALID_FORMAT)
    if (point.length !== X25519_BYTES) throw new ChipError(POINT_BAD_INPUT)
    return { kind: "ec", bits: 255, curve: "x25519" }
}

function readEc(algorithm: AlgorithmIdentifier, point: Buffer, spki: Buffer): Omit<ChipKey, "kind"> {
    const named = algorithm.tag === OBJECT_IDENTIFIER
    const oid = algorithm.parameters.toString("hex")
    const curve = named ? CURVES.find(known => known.oid === oid) : explicitCurve(algorithm, spki)
    if (!curve) throw new ChipError(KEY_UNKNOWN_CURVE)
    checkPointForm(curve, point)
    return { bits: curve.bits, curve: curve.name, key: ecKey(curve, point) }
}

/**
 * The curve of explicit domain parameters (SEC 1, C.2). mbedTLS finds only curves
 * with a compressed base point, and whose a is not p - 3.
 */
function explicitCurve(algorithm: AlgorithmIdentifier, spki: Buffer): Curve {
    const basePoint = within(KEY_INVALID_FORMAT, () => readBasePoint(new DerReader(algorithm.parameters)))
    if (basePoint[0] !== 2 && basePoint[0] !== 3) throw new ChipError(KEY_INVALID_FORMAT)
    const name = keyOrUndefined(spki)?.asymmetricKeyDetails?.namedCurve
    const curve = CURVES.find(known => known.name === name && !known.minusThree)
    if (!curve) throw new ChipError(POINT_UNSUPPORTED)
    return curve
}

function readBasePoint(domain: DerReader): Buffer {
    domain.integer() // version
    domain.enter(SEQUENCE) // field
    domain.enter(SEQUENCE) // curve
    return domain.contents(OCTET_STRING)
}

function checkPointForm(curve: Curve, point: Buffer): void {
    const fieldBytes = Math.ceil(curve.bits / 8)
    const form = point[0]
    if (form === 0 && point.length === 1) throw new ChipError(POINT_INVALID)
    if (form === 4 && point.length === 1 + 2 * fieldBytes) return
    if ((form !== 2 && form !== 3) || point.length !== 1 + fieldBytes) throw new ChipError(POINT_BAD_INPUT)
    if (curve.uncompressedOnly) throw new ChipError(POINT_UNSUPPORTED)
}

function ecKey(curve: Curve, point: Buffer): KeyObject {
    const key = keyOrUndefined(namedCurveSpki(curve, point))
    if (!key) throw new ChipError(POINT_INVALID)
    return key
}

/** SubjectPublicKeyInfo of a point on a named curve (RFC 5480, 2). */
function namedCurveSpki(curve: Curve, point: Buffer): Buffer {
    const identifiers = [EC_PUBLIC_KEY, curve.oid].map(hex => wrap(OBJECT_IDENTIFIER, Buffer.from(hex, "hex")))
    return wrap(SEQUENCE, wrap(SEQUENCE, ...identifiers), wrap(BIT_STRING, Buffer.of(0), point))
}

/** One DER value of less than 256 bytes. */
function wrap(tag: number, ...parts: Buffer[]): Buffer {
    const contents = Buffer.concat(parts)
    const length = contents.length < 0x80 ? [contents.length] : [0x81, contents.length]
    return Buffer.concat([Buffer.of(tag, ...length), contents])
}

function keyOrUndefined(spki: Buffer): KeyObject | undefined {
    try {
        return createPublicKey({ key: spki, format: "der", type: "spki" })
    } catch {
        return undefined // not on the curve, or malformed
    }
}

export interface SignedMessage {
    algorithm: SignatureAlgorithm
    /** the signed bytes; of a certificate, its TBSCertificate */
    tbs: Buffer
    signature: Buffer
}

/** True when `key` verifies the signature. */
export function verifySignature(key: ChipKey, { algorithm, tbs, signature }: SignedMessage): boolean {
    const kind = algorithm.scheme === "ecdsa" ? "ec" : "rsa"
    if (!key.key || key.kind !== kind) return false
    try {
        if (algorithm.scheme === "rsa") return verify(algorithm.hash, tbs, key.key, signature)
        if (algorithm.scheme === "rsa-pss") return verifyPss(key.key, algorithm, { tbs, signature })
        return verify(algorithm.hash, tbs, key.key, canonicalPair(signature))
    } catch {
        return false // malformed, or a hash too long for the key
    }
}

/** mbedTLS uses the mask's hash in both places, so a signature with two different hashes never verifies. */
function verifyPss(
    key: KeyObject,
    algorithm: PssAlgorithm,
    { tbs, signature }: Pick<SignedMessage, "tbs" | "signature">,
): boolean {
    if (algorithm.hash !== algorithm.maskHash) return false
    const padding = constants.RSA_PKCS1_PSS_PADDING
    return verify(algorithm.hash, tbs, { key, padding, saltLength: algorithm.saltLength }, signature)
}

/**
 * The ECDSA-Sig-Value in the shortest form, as OpenSSL requires. mbedTLS also
 * accepts longer forms, and reads the sign bit as part of the number.
 */
function canonicalPair(signature: Buffer): Buffer {
    const fields = new DerReader(signature).enterToEnd(SEQUENCE)
    const [r, s] = [fields.contents(INTEGER), fields.contents(INTEGER)]
    fields.finish()
    return wrap(SEQUENCE, wrap(INTEGER, unsigned(r)), wrap(INTEGER, unsigned(s)))
}

function unsigned(bytes: Buffer): Buffer {
    const number = withoutLeadingZeros(bytes)
    return (number[0] ?? 0x80) >= 0x80 ? Buffer.concat([Buffer.of(0), number]) : number
}
