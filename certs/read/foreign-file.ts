/** Recognises files that people take for certificates, and says how to get the certificates instead. */
import { createPrivateKey, createPublicKey } from "node:crypto"
import * as asn1js from "asn1js"
import { decodeBundle } from "../bundle/bundle.ts"
import { children, decode } from "../x509/der.ts"
import { isCertificateLabel, pemLabels } from "../x509/pem.ts"
import { type ForeignKind, fileKind } from "./file-kind.ts"
import { startsWith } from "./text.ts"

const PRIVATE_KEY: ForeignKind = {
    what: "a private key",
    next: "give the certificate that belongs to it, often fullchain.pem or cert.pem, and keep the key private",
}
const PUBLIC_KEY: ForeignKind = { what: "a public key", next: "give the certificate, which has a name beside the key" }
const REQUEST: ForeignKind = {
    what: "a certificate request",
    next: "give the certificate that the CA issued for it",
}
const REVOCATION_LIST: ForeignKind = {
    what: "a list of revoked certificates",
    next: "give the certificate of the CA that issued it",
}

/** kinds of PEM blocks, by their labels */
const PEM_KINDS: [label: RegExp, kind: ForeignKind][] = [
    [/PRIVATE KEY/, PRIVATE_KEY],
    [/PUBLIC KEY/, PUBLIC_KEY],
    [/CERTIFICATE REQUEST/, REQUEST],
    [/CRL/, REVOCATION_LIST],
    [/ATTRIBUTE CERTIFICATE/, { what: "an attribute certificate", next: "give the X.509 certificate of the server" }],
    [/PGP/, { what: "an OpenPGP key or message", next: "give an X.509 certificate" }],
]

/** What a text with PEM blocks holds when none of them may contain a certificate; undefined for other texts. */
export function foreignPem(text: string): ForeignKind | undefined {
    const labels = pemLabels(text)
    const [label] = labels
    if (label === undefined || labels.some(isCertificateLabel)) return undefined
    const kind = PEM_KINDS.find(([pattern]) => pattern.test(label))?.[1]
    return kind ?? { what: `PEM of ${label}`, next: "give a file with -----BEGIN CERTIFICATE----- blocks" }
}

/** What a file is when it certainly has no certificates to read: by its first bytes, its DER or its text. */
export function foreignKind(bytes: Buffer, text: string): ForeignKind | undefined {
    return fileKind(bytes, text) ?? byStart(bytes) ?? foreignPem(text) ?? byText(text) ?? byDer(bytes)
}

/** {@link foreignKind}, or a certificate bundle, which has the names and keys of certificates only. */
export function foreignKindOrBundle(bytes: Buffer, text: string): ForeignKind | undefined {
    return foreignKind(bytes, text) ?? (isBundle(bytes) ? BUNDLE : undefined)
}

const BUNDLE: ForeignKind = {
    what: "a certificate bundle: it has only names and keys",
    next: "give the certificates that it was made of; to see what it holds: airpin bundle --show FILE",
}

const KEYSTORE_NEXT =
    "export the certificates: keytool -list -rfc -keystore FILE > chain.pem; this leaves the private keys behind"

/** first bytes of other files */
const STARTS: [start: number[], kind: ForeignKind][] = [
    [[0xfe, 0xed, 0xfe, 0xed], { what: "a Java keystore (JKS)", next: KEYSTORE_NEXT }],
    [[0xce, 0xce, 0xce, 0xce], { what: "a Java keystore (JCEKS)", next: KEYSTORE_NEXT }],
    [[0x7f, 0x45, 0x4c, 0x46], { what: "a program (ELF)", next: "give a file of certificates" }],
]

function byStart(bytes: Buffer): ForeignKind | undefined {
    return STARTS.find(([start]) => startsWith(bytes, ...start))?.[1]
}

/** starts of texts */
const TEXTS: [start: RegExp, kind: ForeignKind][] = [
    [/^\s*<\?xml/, { what: "XML", next: "give the certificates in it in PEM" }],
    [/^(ssh|ecdsa)-[a-z0-9-]+ /, { what: "an SSH public key", next: "give an X.509 certificate" }],
]

function byText(text: string): ForeignKind | undefined {
    return TEXTS.find(([start]) => start.test(text))?.[1]
}

/**
 * How PKCS#12 begins: version 3, and a ContentInfo of PKCS#7 data or signed data (RFC 7292, 4), in BER of unknown
 * lengths.
 */
const PKCS12_VERSION = Buffer.from("020103", "hex")
const PKCS7_CONTENT = Buffer.from("06092a864886f70d0107", "hex")
const MAX_HEADER_BYTES = 32

function byDer(bytes: Buffer): ForeignKind | undefined {
    if (!startsWith(bytes, 0x30)) return undefined
    if (isPkcs12(bytes)) {
        const next = "write its certificates as PEM: openssl pkcs12 -in FILE -nokeys -out chain.pem"
        return { what: "PKCS#12 (.p12, .pfx)", next }
    }
    if (isPrivateKey(bytes)) return PRIVATE_KEY
    if (isPublicKey(bytes)) return PUBLIC_KEY
    if (isRequest(bytes)) return REQUEST
    return isRevocationList(bytes) ? REVOCATION_LIST : undefined
}

function isPkcs12(bytes: Buffer): boolean {
    const start = bytes.subarray(0, MAX_HEADER_BYTES)
    return start.includes(PKCS12_VERSION) && start.includes(PKCS7_CONTENT)
}

/** Its first field has a version, a name and a key (RFC 2986, 4.1); a certificate has more before the key. */
function isRequest(bytes: Buffer): boolean {
    return holds(() => {
        const [information] = children(decode(bytes), 3, 3)
        const [, subject, key] = children(information, 3, 4)
        children(subject, 0)
        children(key, 2, 2)
        return true
    })
}

/** Its issuer is followed by a time (RFC 5280, 5.1); in a certificate, times are in a SEQUENCE. */
function isRevocationList(bytes: Buffer): boolean {
    return holds(() => {
        const [list] = children(decode(bytes), 3, 3)
        return children(list, 0).some(value => value instanceof asn1js.UTCTime)
    })
}

function isPrivateKey(bytes: Buffer): boolean {
    return (["pkcs8", "pkcs1", "sec1"] as const).some(type =>
        holds(() => createPrivateKey({ key: bytes, format: "der", type }).type === "private"),
    )
}

function isPublicKey(bytes: Buffer): boolean {
    return holds(() => createPublicKey({ key: bytes, format: "der", type: "spki" }).type === "public")
}

function isBundle(bytes: Buffer): boolean {
    return holds(() => decodeBundle(bytes).length > 0)
}

/** False when the reader throws: the bytes have another form. */
function holds(read: () => boolean): boolean {
    try {
        return read()
    } catch {
        return false
    }
}
