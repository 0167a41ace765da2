/**
 * Makes certificates for tests byte by byte, valid or deliberately invalid, also
 * such as no CA software would issue.
 */
import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto"

export interface KeyPair {
    publicKey: KeyObject
    privateKey: KeyObject
}

/** One DER value of less than 64 kB, with the shortest length. */
export function tlv(tag: number, ...parts: Uint8Array[]): Buffer {
    const contents = Buffer.concat(parts)
    return Buffer.concat([Buffer.of(tag), derLength(contents.length), contents])
}

function derLength(length: number): Buffer {
    if (length < 0x80) return Buffer.of(length)
    return length < 0x100 ? Buffer.of(0x81, length) : Buffer.of(0x82, length >> 8, length & 0xff)
}

export const seq = (...parts: Uint8Array[]) => tlv(0x30, ...parts)

/** OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Buffer {
    const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number)
    return tlv(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
    const digits = [value & 0x7f]
    for (let rest = value >> 7; rest > 0; rest >>= 7) digits.unshift(0x80 | (rest & 0x7f))
    return digits
}

export const UTF8 = 0x0c
export const PRINTABLE = 0x13
export const IA5 = 0x16
const ATTRIBUTES: Record<string, string> = { CN: "2.5.4.3", O: "2.5.4.10", C: "2.5.4.6" }

/** A Name with one common name, and further attributes given as `O=Test`. */
export function dn(commonName: string, { tag = UTF8, more = [] as string[] } = {}): Buffer {
    const parts = [...more.map(part => part.split("=")), ["CN", commonName]]
    return seq(...parts.map(([type, text]) => tlv(0x31, seq(oid(ATTRIBUTES[type!]!), tlv(tag, Buffer.from(text!))))))
}

export const ec = (namedCurve = "P-256"): KeyPair => generateKeyPairSync("ec", { namedCurve })
export const rsa = (modulusLength = 2048): KeyPair => generateKeyPairSync("rsa", { modulusLength })
export const spkiOf = (pair: KeyPair) => pair.publicKey.export({ format: "der", type: "spki" })

/** A signature algorithm: its AlgorithmIdentifier, and how to sign. */
export interface Scheme {
    identifier: Buffer
    sign(tbs: Buffer, key: KeyObject): Buffer
}

const NULL = Buffer.of(5, 0)
const rsaWith = (hash: string, suffix: number): Scheme => ({
    identifier: seq(oid(`1.2.840.113549.1.1.${suffix}`), NULL),
    sign: (tbs, key) => sign(hash, tbs, key),
})
const ecdsaWith = (hash: string, suffix: string): Scheme => ({
    identifier: seq(oid(`1.2.840.10045.4.${suffix}`)),
    sign: (tbs, key) => sign(hash, tbs, key),
})
const SHA256_IDENTIFIER = seq(oid("2.16.840.1.101.3.4.2.1"), NULL)

export const schemes = {
    rsaMd5: rsaWith("md5", 4),
    rsaSha1: rsaWith("sha1", 5),
    rsaSha224: rsaWith("sha224", 14),
    rsaSha256: rsaWith("sha256", 11),
    rsaSha512: rsaWith("sha512", 13),
    ecdsaSha1: ecdsaWith("sha1", "1"),
    ecdsaSha224: ecdsaWith("sha224", "3.1"),
    ecdsaSha256: ecdsaWith("sha256", "3.2"),
    ecdsaSha384: ecdsaWith("sha384", "3.3"),
    ed25519: { identifier: seq(oid("1.3.101.112")), sign: (tbs, key) => sign(null, tbs, key) },
    /** SHA-256 in both places, salt of 32 bytes (RFC 4055, 3.1) */
    pssSha256: {
        identifier: seq(
            oid("1.2.840.113549.1.1.10"),
            seq(
                tlv(0xa0, SHA256_IDENTIFIER),
                tlv(0xa1, seq(oid("1.2.840.113549.1.1.8"), SHA256_IDENTIFIER)),
                tlv(0xa2, Buffer.of(2, 1, 32)),
            ),
        ),
        sign: (tbs, key) => sign("sha256", tbs, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
    },
} satisfies Record<string, Scheme>

const schemeFor = (key: KeyObject) => (key.asymmetricKeyType === "rsa" ? schemes.rsaSha256 : schemes.ecdsaSha256)

export const extension = (id: string, value: Uint8Array, critical = false) =>
    seq(oid(id), ...(critical ? [Buffer.of(1, 1, 0xff)] : []), tlv(0x04, value))

/** basicConstraints CA:TRUE. */
export function ca(pathLength?: number): Buffer {
    const limit = pathLength === undefined ? [] : [Buffer.of(2, 1, pathLength)]
    return extension("2.5.29.19", seq(Buffer.of(1, 1, 0xff), ...limit), true)
}

/** keyUsage; the bytes of the BIT STRING. */
export const keyUsage = (...bits: number[]) => extension("2.5.29.15", tlv(0x03, Buffer.from([0, ...bits])), true)

export const extendedKeyUsage = (...purposes: string[]) => extension("2.5.29.37", seq(...purposes.map(oid)))
export const SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
export const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
export const ANY_PURPOSE = "2.5.29.37.0"

/** subjectAltName of raw GeneralNames. */
export const altNames = (...names: Uint8Array[]) => extension("2.5.29.17", seq(...names))
export const dns = (name: string) => tlv(0x82, Buffer.from(name))
export const ip = (...bytes: number[]) => tlv(0x87, Buffer.from(bytes))

export interface Minted {
    subject: Buffer
    issuer: Buffer
    /** the key in it; ignored when `spki` is given */
    key: KeyPair
    /** SubjectPublicKeyInfo that replaces the key's */
    spki?: Buffer
    signer: KeyPair
    scheme?: Scheme
    extensions?: Buffer[]
    /** 0 = v1, 2 = v3 */
    version?: number
    notBefore?: Buffer
    notAfter?: Buffer
}

const time = (text: string) => tlv(0x17, Buffer.from(text))

/** The certificate's DER. */
export function mint(fields: Minted): Buffer {
    const scheme = fields.scheme ?? schemeFor(fields.signer.privateKey)
    const { version = 2, extensions = [] } = fields
    const tbs = seq(
        ...(version === 0 ? [] : [tlv(0xa0, Buffer.of(2, 1, version))]),
        tlv(0x02, Buffer.concat([Buffer.of(1), serialOf(fields)])),
        scheme.identifier,
        fields.issuer,
        seq(fields.notBefore ?? time("250101000000Z"), fields.notAfter ?? time("350101000000Z")),
        fields.subject,
        fields.spki ?? spkiOf(fields.key),
        ...(extensions.length === 0 ? [] : [tlv(0xa3, seq(...extensions))]),
    )
    return seq(tbs, scheme.identifier, tlv(0x03, Buffer.of(0), scheme.sign(tbs, fields.signer.privateKey)))
}

function serialOf({ subject, issuer }: Minted): Buffer {
    return createHash("sha256").update(subject).update(issuer).digest().subarray(0, 8)
}

/** A bundle packed by hand: count, then for each entry two lengths, name and key. */
export function packBundle(...entries: [name: Uint8Array, key: Uint8Array][]): Buffer {
    const packed = entries.flatMap(([name, key]) => [u16(name.length), u16(key.length), name, key])
    return Buffer.concat([u16(entries.length), ...packed])
}

export const u16 = (value: number) => Buffer.of(value >> 8, value & 0xff)
