/**
 * Parses certificates for people and tools, and keeps the raw DER slices as they
 * stand in the certificate. The model of the chip's own parser, which is stricter
 * in places and laxer in others, is in `chip/`.
 *
 * asn1js reads the ASN.1. Nothing is ever re-encoded: the chip compares bytes, so
 * a slice that went through an encoder would prove nothing.
 */

import { createPublicKey, X509Certificate } from "node:crypto"
import * as asn1js from "asn1js"
import { AirpinError } from "../error.ts"
import { sha256Of } from "../sha256.ts"
import { children, decode, isContext, leadingValue, objectIdentifier, pair, raw } from "./der.ts"
import { readName } from "./name.ts"
import { certificateBlocks, type PemBlock } from "./pem.ts"
import { pkcs7Certificates } from "./pkcs7.ts"

/** One X.509 v3 extension, value undecoded (RFC 5280, 4.1). */
export interface Extension {
    /** dotted object identifier */
    oid: string
    critical: boolean
    /** contents of the extnValue OCTET STRING */
    value: Buffer
}

/** A parsed certificate. All buffers are slices of `der`. */
export interface Certificate {
    der: Buffer
    tbsDer: Buffer
    /** subject Name with tag and length */
    subjectDer: Buffer
    /** issuer Name with tag and length */
    issuerDer: Buffer
    /** SubjectPublicKeyInfo with tag and length */
    spkiDer: Buffer
    /** readable name, most specific part first: `CN=Root R, O=Test, C=XX` */
    subject: string
    /** readable name of the issuer */
    issuer: string
    /** SHA-256 of `spkiDer`, lower-case hex */
    spkiSha256: string
    notBefore: Date
    notAfter: Date
    /** basicConstraints says CA:TRUE */
    isCa: boolean
    /** how many CA certificates may stand between this one and a leaf; undefined = no limit */
    pathLength: number | undefined
    /** dotted object identifier of the signature algorithm */
    signatureOid: string
    extensions: Extension[]
}

/**
 * Reads one DER certificate; trailing bytes are an error.
 *
 * @throws AirpinError CERTIFICATE_MALFORMED
 */
export function parseCertificate(der: Uint8Array): Certificate {
    const bytes = Buffer.from(der)
    try {
        return readCertificate(bytes)
    } catch (cause) {
        throw malformed(bytes, cause)
    }
}

/**
 * Every certificate of a text with PEM blocks, in its order; those of PKCS#7 blocks too. Other text and other
 * blocks are skipped (`openssl s_client -showcerts` prints both).
 *
 * @throws AirpinError PEM_EMPTY without any certificate, PEM_INCOMPLETE, PEM_CORRUPT, CERTIFICATE_MALFORMED
 */
export function parsePem(text: string): [Certificate, ...Certificate[]] {
    const [first, ...others] = certificateBlocks(text).flatMap(parseBlock)
    if (!first) {
        throw new AirpinError("PEM_EMPTY", "there is no certificate in this text")
    }
    return [first, ...others]
}

function parseBlock({ label, der, place }: PemBlock): Certificate[] {
    try {
        // OpenSSL appends its trust settings to the certificate (X509_AUX)
        return parseDer(label === "TRUSTED CERTIFICATE" ? leadingValue(der) : der)
    } catch (cause) {
        throw new AirpinError("CERTIFICATE_MALFORMED", `${place}: ${(cause as Error).message}`, { cause })
    }
}

/**
 * The certificate in these bytes, or those of a PKCS#7 file, leaf first: a PKCS#7 file has a set of certificates.
 * `certutil -encode` of Windows writes both as CERTIFICATE.
 *
 * @throws AirpinError CERTIFICATE_MALFORMED
 */
export function parseDer(der: Uint8Array): Certificate[] {
    const certificates = pkcs7Certificates(der)?.map(parseCertificate)
    return certificates ? inPathOrder(certificates) : [parseCertificate(der)]
}

/** One PEM block of 64-column lines, with a final newline (RFC 7468). */
export function toPem(certificate: Certificate): string {
    const lines = certificate.der.toString("base64").match(/.{1,64}/g) ?? []
    return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n")
}

/** True when the key of `issuer` verifies the signature of `certificate`, with any algorithm OpenSSL knows. */
export function isSignedBy(certificate: Certificate, issuer: Pick<Certificate, "spkiDer">): boolean {
    try {
        const key = createPublicKey({ key: issuer.spkiDer, format: "der", type: "spki" })
        return new X509Certificate(certificate.der).verify(key)
    } catch {
        return false // a key of another type, or one that OpenSSL does not know
    }
}

/**
 * The certificates from the leaf upwards, then those of no path from it; unchanged when they have no single leaf.
 * Windows writes the root of a PKCS#7 file first, Java the leaf.
 *
 * @param leaf default: the only one that issued no other
 */
export function inPathOrder(certificates: Certificate[], leaf = leafOf(certificates)): Certificate[] {
    const path = leaf ? [leaf] : []
    for (const child of path) {
        const parent = certificates.find(one => !path.includes(one) && isChildOf(child, one))
        if (parent) path.push(parent)
    }
    return [...path, ...certificates.filter(one => !path.includes(one))]
}

function leafOf(certificates: Certificate[]): Certificate | undefined {
    const [leaf, ...more] = certificates.filter(one => !certificates.some(other => isChildOf(other, one)))
    return more.length === 0 ? leaf : undefined
}

/** False for a root and itself. */
function isChildOf(child: Certificate, parent: Certificate): boolean {
    return child !== parent && child.issuerDer.equals(parent.subjectDer) && isSignedBy(child, parent)
}

/** The fields of TBSCertificate that are used, in order (RFC 5280, 4.1). */
interface TbsFields {
    issuer: asn1js.BaseBlock
    validity: asn1js.BaseBlock
    subject: asn1js.BaseBlock
    spki: asn1js.BaseBlock
    extensions: Extension[]
}

function readCertificate(der: Buffer): Certificate {
    const [tbs, algorithm] = children(decode(der), 3, 3) as [asn1js.BaseBlock, asn1js.BaseBlock]
    const fields = readTbs(tbs)
    const [notBefore, notAfter] = pair(fields.validity)
    const spkiDer = raw(fields.spki)
    pair(fields.spki)
    return {
        der,
        tbsDer: raw(tbs),
        subjectDer: raw(fields.subject),
        issuerDer: raw(fields.issuer),
        spkiDer,
        subject: readName(raw(fields.subject)),
        issuer: readName(raw(fields.issuer)),
        spkiSha256: sha256Of(spkiDer),
        notBefore: readTime(notBefore),
        notAfter: readTime(notAfter),
        ...readConstraints(fields.extensions),
        signatureOid: objectIdentifier(children(algorithm, 1, 2)[0]),
        extensions: fields.extensions,
    }
}

/** serialNumber, signature, issuer, validity, subject, key; and version, two unique ids, extensions (RFC 5280, 4.1) */
const MAX_TBS_FIELDS = 10
const MIN_TBS_FIELDS = 6

function readTbs(tbs: asn1js.BaseBlock): TbsFields {
    const all = children(tbs, MIN_TBS_FIELDS, MAX_TBS_FIELDS)
    const [serial, , issuer, validity, subject, spki, ...rest] = isContext(all[0], 0) ? all.slice(1) : all
    if (!(serial instanceof asn1js.Integer)) throw new Error("serialNumber is not an INTEGER")
    if (!issuer || !validity || !subject || !spki) throw new Error("a field of TBSCertificate is missing")
    const extensions = readExtensions(rest.find(block => isContext(block, 3)))
    return { issuer, validity, subject, spki, extensions }
}

/** RFC 5280, 4.1.2.5: always with seconds and Z, without fractions */
const UTC_TIME = /^()(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
const GENERALIZED_TIME = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/

/** Checks the text first: asn1js accepts any text as a time. */
function readTime(block: asn1js.BaseBlock): Date {
    if (!(block instanceof asn1js.UTCTime)) throw new Error("validity contains something other than a time") // or GeneralizedTime, its child
    const form = block instanceof asn1js.GeneralizedTime ? GENERALIZED_TIME : UTC_TIME
    const text = Buffer.from(block.valueBlock.valueHexView).toString("latin1")
    const [, century, year, ...rest] = form.exec(text) ?? []
    const fullYear = `${century || (Number(year) < 50 ? "20" : "19")}${year}`
    const iso = `${fullYear}-${rest.slice(0, 2).join("-")}T${rest.slice(2).join(":")}.000Z`
    const time = new Date(iso)
    if (Number.isNaN(time.getTime()) || time.toISOString() !== iso)
        throw new Error(`"${text}" is not a time as RFC 5280 defines it`)
    return time
}

function readExtensions(block: asn1js.BaseBlock | undefined): Extension[] {
    if (!block) return []
    const [list] = children(block, 1, 1)
    return children(list, 0).map(readExtension)
}

function readExtension(block: asn1js.BaseBlock): Extension {
    const parts = children(block, 2, 3)
    const value = parts.at(-1)
    const critical = parts.length === 3 ? parts[1] : undefined
    if (!(value instanceof asn1js.OctetString)) throw new Error("extnValue is not an OCTET STRING")
    if (critical && !(critical instanceof asn1js.Boolean)) throw new Error("critical is not a BOOLEAN")
    return {
        oid: objectIdentifier(parts[0]),
        critical: critical instanceof asn1js.Boolean && critical.getValue(),
        value: Buffer.from(value.valueBlock.valueHexView),
    }
}

const BASIC_CONSTRAINTS = "2.5.29.19"

function readConstraints(extensions: Extension[]): Pick<Certificate, "isCa" | "pathLength"> {
    const basic = extensions.find(extension => extension.oid === BASIC_CONSTRAINTS)
    const parts = basic ? children(decode(basic.value), 0, 2) : []
    const [ca] = parts
    const limit = parts.at(-1)
    return {
        isCa: ca instanceof asn1js.Boolean && ca.getValue(),
        pathLength: limit instanceof asn1js.Integer ? limit.valueBlock.valueDec : undefined,
    }
}

function malformed(der: Buffer, cause: unknown): AirpinError {
    const what = cause instanceof Error ? cause.message : String(cause)
    return new AirpinError("CERTIFICATE_MALFORMED", `these ${der.length} bytes are not an X.509 certificate: ${what}`, {
        cause,
    })
}
