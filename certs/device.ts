/**
 * The chip's verdict on a server's certificates: ESP-IDF v5.0.5
 * (esp_crt_bundle.c) with mbedTLS 3.5.0, TLS 1.2, verification required, no
 * clock. `chip/` is a model of that code, flaws included; the rules of browsers,
 * OpenSSL and Node do not apply. No I/O.
 */
import { loadBundle } from "./chip/anchor-table.ts"
import { type ChipCertificate, readChipCertificate } from "./chip/certificate.ts"
import { isIssuingCa } from "./chip/path.ts"
import { explain } from "./chip/reason.ts"
import {
    ChipError,
    explainStatus,
    formatStatus,
    OID_NOT_FOUND,
    TLS_BAD_INPUT,
    TLS_DECODE_ERROR,
    TLS_FATAL_ALERT,
    TLS_MESSAGE_SPLIT,
    UNKNOWN_SIGNATURE_ALGORITHM,
} from "./chip/status.ts"
import { type KeyExchange, type Request, type Verification, verifyCas, verifyChain } from "./chip/verification.ts"
import { AirpinError } from "./error.ts"
import { nameText } from "./x509/name.ts"

export type { KeyExchange } from "./chip/verification.ts"

/** The result of {@link deviceAccepts}. */
export interface DeviceVerdict {
    accepted: boolean
    /** mbedTLS error code as in its sources, "-0x3000" (the log prints "-3000"); absent when accepted */
    error?: string
    /** verification flags, MBEDTLS_X509_BADCERT_*; 0xffffffff when verification was aborted */
    flags: number
    /** one sentence for people */
    reason: string
    /** subjects of the path the chip built, leaf first; empty when it built none */
    path: string[]
    /** subject of the topmost certificate of the path */
    top?: string
    /** subject of the certificate whose issuer was looked up last; absent when there was no lookup */
    lookedUpFor?: string
    /** issuer name that must be in the bundle: the last one looked up, or without a lookup the issuer of `top` */
    lookedUp?: string
    /** the lookup found an entry in the bundle; absent when there was no lookup */
    found?: boolean
    /** the key of that entry verifies the signature; absent when no entry was found */
    signatureValid?: boolean
}

/**
 * The chip's verdict on these certificates, with the reason.
 *
 * @param chain DER, in the order sent
 * @param bundle the certificate bundle as flashed, padding included
 * @param serverName host of the URL; an IP address is compared with iPAddress names
 * @param keyExchange of the negotiated cipher suite; decides which keyUsage the leaf needs
 */
export function deviceAccepts(
    chain: Uint8Array[],
    bundle: Uint8Array,
    serverName: string,
    keyExchange: KeyExchange = "ECDHE",
): DeviceVerdict {
    return decide(chain, bundle, { serverName, keyExchange }, verifyChain)
}

/**
 * The chip's verdict on a server when only its CA certificates are known. It
 * holds for any leaf that the first of them issues and that is valid itself:
 * readable, for the right host and use, and small enough to fit into one TLS
 * record with the others.
 *
 * @param cas DER, in the order sent, without the leaf; `path` of the verdict lacks the leaf too
 * @throws AirpinError NOT_A_CA when the first of them cannot issue a leaf: use `deviceAccepts` for such a chain
 */
export function deviceTrusts(cas: Uint8Array[], bundle: Uint8Array): DeviceVerdict {
    if (!mayIssueLeaf(cas[0])) {
        throw new AirpinError(
            "NOT_A_CA",
            "the first certificate is not a CA that can issue a leaf",
            "put the issuing intermediate first",
        )
    }
    return decide(cas, bundle, { serverName: "", keyExchange: "ECDHE" }, verifyCas)
}

/** True when the chip accepts the certificate as the issuer of a leaf. */
export function mayIssueLeaf(der: Uint8Array | undefined): boolean {
    const certificate = der && readOne(Buffer.from(der))
    return typeof certificate === "object" && isIssuingCa(certificate, 0)
}

/** The chip's verdict on a server that speaks TLS 1.3 only: mbedTLS 3.5.0, as configured, offers TLS 1.2 only. */
export function deviceWithoutTls12(): DeviceVerdict {
    return refuse(TLS_FATAL_ALERT, "the chip speaks TLS 1.2 only, so the server ends the handshake with an alert")
        .refusal
}

type Verify = (presented: ChipCertificate[], request: Request) => Verification

function decide(
    chain: Uint8Array[],
    bundle: Uint8Array,
    asked: Omit<Request, "anchors">,
    verify: Verify,
): DeviceVerdict {
    const received = receive(
        chain.map(der => Buffer.from(der)),
        asked.serverName,
    )
    if ("refusal" in received) return received.refusal
    const loaded = loadBundle(Buffer.from(bundle))
    const request = { anchors: loaded.anchors, ...asked }
    const result = verify(received.presented, request)
    const reason = loaded.anchors
        ? explain(result, request)
        : `refused: the chip could not load the bundle (${loaded.fault}), so it trusts no server`
    return { ...describe(result), reason: reason + explainDropped(chain.length - received.presented.length) }
}

function describe({ status, flags, path, lookup }: Verification): Omit<DeviceVerdict, "reason"> {
    const top = path.at(-1)?.certificate
    const child = lookup?.certificate ?? top
    return {
        accepted: status === 0,
        ...(status !== 0 && { error: formatStatus(status) }),
        flags,
        path: path.map(({ certificate }) => nameText(certificate.subjectDer)),
        ...(top && { top: nameText(top.subjectDer) }),
        ...(child && { lookedUp: nameText(child.issuerDer) }),
        ...(lookup && { lookedUpFor: nameText(lookup.certificate.subjectDer) }),
        ...(lookup && { found: lookup.anchor !== undefined }),
        ...(lookup?.signed !== undefined && { signatureValid: lookup.signed }),
    }
}

function explainDropped(count: number): string {
    if (count === 0) return ""
    return ` (the chip ignores ${count} of the certificates: it does not know their signature algorithm)`
}

/** MBEDTLS_SSL_MAX_HOST_NAME_LEN */
const MAX_NAME_BYTES = 255
/** MBEDTLS_SSL_IN_CONTENT_LEN: a longer Certificate message takes two records, and mbedTLS 3.5.0 does not reassemble */
const MAX_MESSAGE_BYTES = 16384
/** 4 bytes of handshake header and 3 of list length; 3 bytes of length before each certificate (RFC 5246, 7.4.2) */
const MESSAGE_HEADER_BYTES = 4 + 3
const CERTIFICATE_HEADER_BYTES = 3
/** ssl_tls.c rejects a shorter certificate */
const MIN_CERTIFICATE_BYTES = 128

type Received = { presented: ChipCertificate[] } | { refusal: DeviceVerdict }

/** Reads the Certificate message; a refusal for the first thing in it that the chip rejects. */
function receive(chain: Buffer[], serverName: string): Received {
    if (Buffer.byteLength(serverName) > MAX_NAME_BYTES) {
        return refuse(TLS_BAD_INPUT, `the server's name is longer than ${MAX_NAME_BYTES} bytes`)
    }
    const sizeBytes = chain.reduce((sum, der) => sum + CERTIFICATE_HEADER_BYTES + der.length, MESSAGE_HEADER_BYTES)
    if (sizeBytes > MAX_MESSAGE_BYTES) {
        return refuse(TLS_MESSAGE_SPLIT, `the certificates take ${sizeBytes} bytes, more than fits into one TLS record`)
    }
    if (chain.length === 0) return refuse(TLS_DECODE_ERROR, "the server sends no certificate")
    return readChain(chain)
}

function readChain(chain: Buffer[]): Received {
    const presented: ChipCertificate[] = []
    for (const [at, der] of chain.entries()) {
        const read = readOne(der)
        if (typeof read === "number") return refuse(read, unreadable(read, at + 1, chain.length))
        if (read) presented.push(read)
    }
    return { presented }
}

/** The certificate; undefined when the chip ignores it; the error code when it aborts the handshake. */
function readOne(der: Buffer): ChipCertificate | number | undefined {
    if (der.length < MIN_CERTIFICATE_BYTES) return TLS_DECODE_ERROR
    try {
        return readChipCertificate(der)
    } catch (error) {
        if (!(error instanceof ChipError)) throw error
        return error.status === UNKNOWN_SIGNATURE_ALGORITHM + OID_NOT_FOUND ? undefined : error.status
    }
}

function unreadable(status: number, number: number, count: number): string {
    const what = status === TLS_DECODE_ERROR ? "it is too short for a certificate" : explainStatus(status)
    return `the chip cannot read certificate ${number} of ${count} that the server sends: ${what}`
}

function refuse(status: number, what: string): { refusal: DeviceVerdict } {
    return { refusal: { accepted: false, error: formatStatus(status), flags: 0, reason: `refused: ${what}`, path: [] } }
}
