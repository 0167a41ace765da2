/** Reads the certificates of a file in any form that people have them in. No I/O. */
import { AirpinError } from "../error.ts"
import { type Certificate, parseDer, parsePem } from "../x509/certificate.ts"
import { isCertificateLabel, pemLabels } from "../x509/pem.ts"
import type { ForeignKind } from "./file-kind.ts"
import { foreignKind, foreignKindOrBundle } from "./foreign-file.ts"
import { decodeText, startsWith } from "./text.ts"

/** the tag of a SEQUENCE, with which DER of certificates and of PKCS#7 begins */
const SEQUENCE_TAG = 0x30

/**
 * Every certificate of a file, in its order: PEM blocks in any text (see x509/pem.ts), in UTF-8 or UTF-16; DER;
 * PKCS#7, whose certificates have no order of their own, leaf first; any of them in bare base64.
 *
 * @param name of the file, for messages
 * @throws AirpinError CERTIFICATE_FILE_FOREIGN for a file of another kind, PEM_EMPTY for a text without
 * certificates, PEM_INCOMPLETE, PEM_CORRUPT, CERTIFICATE_MALFORMED
 */
export function readCertificates(bytes: Buffer, name: string): [Certificate, ...Certificate[]] {
    try {
        const [first, ...others] = read(bytes, decodeText(bytes), name)
        if (first) return [first, ...others]
    } catch (cause) {
        if (!(cause instanceof AirpinError)) throw cause
        throw inFile(name, cause)
    }
    const isCommentedOut = decodeText(bytes).includes("-----BEGIN CERTIFICATE-----")
    throw new AirpinError(
        "PEM_EMPTY",
        `${name}: ${isCommentedOut ? "all certificates in it are commented out" : "there is no certificate in it"}`,
    )
}

/** True when the bytes are certificates, whole or damaged, and nothing else that airpin knows. */
export function isCertificateFile(bytes: Buffer): boolean {
    const text = decodeText(bytes)
    return hasCertificateBlocks(text) || startsWith(bytes, SEQUENCE_TAG) || bareBase64(text) !== undefined
}

/**
 * Accepts anything that may be a bundle, damaged ones too: only the chip's verdict says what those do.
 *
 * @throws AirpinError CERTIFICATE_FILE_FOREIGN for a file of another kind
 */
export function requireNotForeign(bytes: Buffer, name: string): void {
    const kind = foreignKind(bytes, decodeText(bytes))
    if (kind) throw foreign(kind, name)
}

function read(bytes: Buffer, text: string, name: string): Certificate[] {
    if (hasCertificateBlocks(text)) return parsePem(text)
    const kind = foreignKindOrBundle(bytes, text)
    if (kind) throw foreign(kind, name)
    if (startsWith(bytes, SEQUENCE_TAG)) return parseDer(bytes)
    const inner = bareBase64(text)
    return inner ? read(inner, decodeText(inner), name) : []
}

function hasCertificateBlocks(text: string): boolean {
    return pemLabels(text).some(isCertificateLabel)
}

const BASE64 = /^[A-Za-z0-9+/\s]{64,}={0,2}\s*$/

/** The bytes of a text that is base64 of DER or of PEM, as in a Kubernetes secret; undefined for other texts. */
function bareBase64(text: string): Buffer | undefined {
    if (!BASE64.test(text)) return undefined
    const bytes = Buffer.from(text, "base64")
    return startsWith(bytes, SEQUENCE_TAG) || bytes.includes("-----BEGIN ") ? bytes : undefined
}

/** The error with the file's name; it keeps a next step of its own. */
function inFile(name: string, error: AirpinError): AirpinError {
    if (error.message.startsWith(`${name}: `) || error.message.startsWith(`${name} `)) return error
    return new AirpinError(error.code, `${name}: ${error.message}`, error.nextStep, { cause: error })
}

function foreign({ what, next }: ForeignKind, name: string): AirpinError {
    return new AirpinError("CERTIFICATE_FILE_FOREIGN", `${name} is ${what}`, next.replaceAll("FILE", name))
}
