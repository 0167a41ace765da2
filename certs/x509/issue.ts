/**
 * Issues X.509 v3 certificates (RFC 5280), for the throw-away CA and for tests.
 * asn1js writes the DER, node:crypto makes keys and signatures.
 */

import { createHash, createPublicKey, generateKeyPair, type KeyObject, randomBytes, sign } from "node:crypto"
import { promisify } from "node:util"
import * as asn1js from "asn1js"
import { type Certificate, parseCertificate } from "./certificate.ts"
import { children, decode } from "./der.ts"
import { ipAddressBytes, isIpAddress, requireCertificateName } from "./server-name.ts"

/** Supported key types; the chip accepts all three. */
export type KeyType = "P-256" | "P-384" | "RSA-2048"

/** Name and key of the signer; for a self-signed certificate, its own. */
export interface Issuer {
    /** Name, DER; copied into the certificate byte for byte */
    nameDer: Uint8Array
    privateKey: KeyObject
}

/** The certificate's purpose, which decides its extensions. */
export type Purpose =
    | { kind: "ca" /** number of CAs allowed below it; absent = no limit */; pathLength?: number }
    | { kind: "server" /** DNS names and IP addresses */; names: string[] }

/** All fields of a certificate to issue. */
export interface CertificateOrder {
    /** Name, DER */
    subjectDer: Uint8Array
    publicKey: KeyObject
    issuer: Issuer
    purpose: Purpose
    notBefore: Date
    notAfter: Date
}

/** A new private key; `createPublicKey(key)` gives its public key. */
export async function generateKey(type: KeyType): Promise<KeyObject> {
    const pair =
        type === "RSA-2048"
            ? await promisify(generateKeyPair)("rsa", { modulusLength: 2048 })
            : await promisify(generateKeyPair)("ec", { namedCurve: type })
    return pair.privateKey
}

/** longest common name, in characters (RFC 5280, upper bounds in appendix A.1) */
export const MAX_COMMON_NAME_LENGTH = 64

/** The Name `CN=<text>`, DER, as a UTF8String. */
export function encodeName(commonName: string): Buffer {
    const attribute = sequence(oid("2.5.4.3"), new asn1js.Utf8String({ value: commonName }))
    return encode(sequence(new asn1js.Set({ value: [attribute] })))
}

/**
 * Issues one certificate, signed with the hash that fits the issuer's key.
 *
 * @throws AirpinError SERVER_NAME_INVALID
 */
export function issueCertificate(order: CertificateOrder): Certificate {
    const algorithm = signatureAlgorithm(order.issuer.privateKey)
    const tbs = toBeSigned(order, algorithm.identifier)
    const signature = sign(algorithm.hash, encode(tbs), order.issuer.privateKey)
    return parseCertificate(encode(sequence(tbs, algorithm.identifier, bits(signature))))
}

function toBeSigned(order: CertificateOrder, algorithm: asn1js.Sequence): asn1js.Sequence {
    const version3 = new asn1js.Integer({ value: 2 })
    return sequence(
        tagged(0, version3),
        new asn1js.Integer({ valueHex: randomSerial() }),
        algorithm,
        decode(order.issuer.nameDer),
        sequence(time(order.notBefore), time(order.notAfter)),
        decode(order.subjectDer),
        decode(spki(order.publicKey)),
        tagged(3, sequence(...extensions(order))),
    )
}

/** OIDs from RFC 5758 (ECDSA) and RFC 4055 (RSA, with NULL parameters). */
function signatureAlgorithm(key: KeyObject): { hash: string; identifier: asn1js.Sequence } {
    if (key.asymmetricKeyType === "rsa") {
        return { hash: "sha256", identifier: sequence(oid("1.2.840.113549.1.1.11"), new asn1js.Null()) }
    }
    if (key.asymmetricKeyDetails?.namedCurve === "secp384r1") {
        return { hash: "sha384", identifier: sequence(oid("1.2.840.10045.4.3.3")) }
    }
    return { hash: "sha256", identifier: sequence(oid("1.2.840.10045.4.3.2")) }
}

const SERIAL_BYTES = 16

/** Top bits 01, so that the number is positive and always 16 bytes long (RFC 5280, 4.1.2.2). */
function randomSerial(): Buffer {
    const serial = randomBytes(SERIAL_BYTES)
    serial.writeUInt8((serial.readUInt8(0) & 0x3f) | 0x40, 0)
    return serial
}

/** dates from this year on are GeneralizedTime (RFC 5280, 4.1.2.5) */
const FIRST_GENERALIZED_YEAR = 2050

function time(date: Date): asn1js.UTCTime {
    const valueDate = new Date(Math.floor(date.getTime() / 1000) * 1000)
    return valueDate.getUTCFullYear() < FIRST_GENERALIZED_YEAR
        ? new asn1js.UTCTime({ valueDate })
        : new asn1js.GeneralizedTime({ valueDate })
}

function extensions(order: CertificateOrder): asn1js.Sequence[] {
    const subjectKey = new asn1js.OctetString({ valueHex: keyIdentifier(order.publicKey) })
    const issuerKey = implicit(0, keyIdentifier(createPublicKey(order.issuer.privateKey)))
    return [
        ...purposeExtensions(order.purpose, order.publicKey),
        extension("2.5.29.14", false, subjectKey),
        extension("2.5.29.35", false, sequence(issuerKey)),
    ]
}

/** first byte of KeyUsage, and how many bits of it are unused (RFC 5280, 4.2.1.3) */
const SIGN_CERTIFICATES_AND_CRLS = { byte: 0x06, unusedBits: 1 }
const DIGITAL_SIGNATURE = { byte: 0x80, unusedBits: 7 }
const DIGITAL_SIGNATURE_AND_KEY_ENCIPHERMENT = { byte: 0xa0, unusedBits: 5 }

function purposeExtensions(purpose: Purpose, key: KeyObject): asn1js.Sequence[] {
    if (purpose.kind === "ca") {
        const limit = purpose.pathLength === undefined ? [] : [new asn1js.Integer({ value: purpose.pathLength })]
        return [
            extension("2.5.29.19", true, sequence(new asn1js.Boolean({ value: true }), ...limit)),
            keyUsage(SIGN_CERTIFICATES_AND_CRLS),
        ]
    }
    const isRsa = key.asymmetricKeyType === "rsa" // static RSA, which the chip offers, encrypts to this key
    return [
        extension("2.5.29.19", true, sequence()),
        keyUsage(isRsa ? DIGITAL_SIGNATURE_AND_KEY_ENCIPHERMENT : DIGITAL_SIGNATURE),
        extension("2.5.29.37", false, sequence(oid("1.3.6.1.5.5.7.3.1"))),
        extension("2.5.29.17", false, sequence(...purpose.names.map(alternativeName))),
    ]
}

function keyUsage({ byte, unusedBits }: typeof DIGITAL_SIGNATURE): asn1js.Sequence {
    return extension("2.5.29.15", true, new asn1js.BitString({ valueHex: Uint8Array.of(byte), unusedBits }))
}

/** iPAddress [7] or dNSName [2] of a GeneralName (RFC 5280, 4.2.1.6). */
function alternativeName(name: string): asn1js.Primitive {
    requireCertificateName(name)
    return isIpAddress(name) ? implicit(7, ipAddressBytes(name)) : implicit(2, Buffer.from(name, "ascii"))
}

const KEY_IDENTIFIER_BYTES = 20

/** Leftmost 160 bits of the SHA-256 of the key's BIT STRING (RFC 7093, 2, method 1). */
function keyIdentifier(key: KeyObject): Buffer {
    const [, bitString] = children(decode(spki(key)), 2, 2)
    const content = (bitString as asn1js.BitString).valueBlock.valueHexView
    return createHash("sha256").update(content).digest().subarray(0, KEY_IDENTIFIER_BYTES)
}

function spki(key: KeyObject): Buffer {
    return key.export({ type: "spki", format: "der" })
}

function extension(id: string, critical: boolean, value: asn1js.BaseBlock): asn1js.Sequence {
    const flag = critical ? [new asn1js.Boolean({ value: true })] : []
    return sequence(oid(id), ...flag, new asn1js.OctetString({ valueHex: encode(value) }))
}

function sequence(...value: asn1js.BaseBlock[]): asn1js.Sequence {
    return new asn1js.Sequence({ value })
}

function oid(value: string): asn1js.ObjectIdentifier {
    return new asn1js.ObjectIdentifier({ value })
}

function bits(value: Uint8Array): asn1js.BitString {
    return new asn1js.BitString({ valueHex: value })
}

const CONTEXT_CLASS = 3

function tagged(tagNumber: number, value: asn1js.BaseBlock): asn1js.Constructed {
    return new asn1js.Constructed({ idBlock: { tagClass: CONTEXT_CLASS, tagNumber }, value: [value] })
}

function implicit(tagNumber: number, valueHex: Uint8Array): asn1js.Primitive {
    return new asn1js.Primitive({ idBlock: { tagClass: CONTEXT_CLASS, tagNumber }, valueHex })
}

function encode(block: asn1js.BaseBlock): Buffer {
    return Buffer.from(block.toBER())
}
