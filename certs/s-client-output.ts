/**
 * What `openssl s_client -showcerts` prints, read: the chain, or why there is
 * none. Goes by what OpenSSL 1.1.1, 3.x and LibreSSL have in common
 * (apps/s_client.c, print_stuff; s_socket.c).
 */
import { constants } from "node:os"
import { AirpinError } from "./error.ts"
import { type Certificate, parsePem } from "./x509/certificate.ts"

/** One finished run of s_client. */
export interface SClientOutput {
    stdout: string
    stderr: string
    /** host and port as the user knows them, for messages */
    endpoint: string
}

/**
 * The presented chain in the order sent; undefined when the transcript holds no
 * complete one. Counts even where the handshake failed after the certificates
 * (e.g. because the server wants one of the client too).
 *
 * @throws AirpinError CERTIFICATE_MALFORMED
 */
export function readChain(stdout: string): Certificate[] | undefined {
    const [, section] = /^---\nCertificate chain\n(.*?)^---$/ms.exec(stdout.replaceAll("\r\n", "\n")) ?? []
    const blocks = section?.match(PEM_BLOCK) // whole lines only: a subject may hold anything within one
    return blocks ? parsePem(blocks.join("\n")) : undefined
}

const PEM_BLOCK = /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]*\n-----END CERTIFICATE-----$/gm

/**
 * Why a finished run has no chain.
 *
 * @returns AirpinError HOST_NOT_FOUND, CONNECTION_REFUSED, CONNECTION_TIMED_OUT, CONNECTION_FAILED, NO_TLS,
 * CHAIN_TOO_LARGE, NO_CERTIFICATE or TLS_REFUSED
 */
export function explainFailure({ stdout, stderr, endpoint }: SClientOutput): AirpinError {
    if (RESOLVER_FAILED.test(stderr)) return hostNotFound(endpoint)
    const [, errno] = /connect:errno=(\d+)/.exec(stderr) ?? []
    if (errno) return connectionFailed(Number(errno), endpoint)
    if (/handshake has read 0 bytes/.test(stdout)) return noTls("closed the connection without an answer", endpoint)
    if (NOT_TLS.test(stderr)) return noTls("answers, but not with TLS", endpoint)
    if (/excessive message size/.test(stderr))
        return tooLarge(endpoint, "its certificates are more than openssl takes (100 kB)")
    if (/Cipher is (?!\(NONE\))/.test(stdout)) return noCertificate(endpoint)
    return tlsRefused(lastReason(stderr), endpoint)
}

/** the function that resolves names in OpenSSL; the message of LibreSSL */
const RESOLVER_FAILED = /BIO_lookup_ex|getaddrinfo/

/** reasons of OpenSSL's record layer for bytes that are no TLS record */
const NOT_TLS = /wrong version number|packet length too long|http request|unknown protocol|bad record type/

function hostNotFound(endpoint: string): AirpinError {
    return new AirpinError(
        "HOST_NOT_FOUND",
        `${endpoint}: this machine cannot resolve the name`,
        "check the spelling and this machine's DNS",
    )
}

function connectionFailed(errno: number, endpoint: string): AirpinError {
    const name = errorName(errno)
    if (name === "ECONNREFUSED" || name === "WSAECONNREFUSED") {
        return new AirpinError(
            "CONNECTION_REFUSED",
            `${endpoint}: nothing listens there`,
            "check the port, and that the server runs",
        )
    }
    if (name === "ETIMEDOUT" || name === "WSAETIMEDOUT") return timedOut(endpoint, "the connection was not answered")
    return new AirpinError(
        "CONNECTION_FAILED",
        `${endpoint}: no connection (${name})`,
        "check this machine's network, and its route to the host",
    )
}

function errorName(errno: number): string {
    const names = Object.entries(constants.errno).filter(([, value]) => value === errno)
    return names[0]?.[0] ?? `errno ${errno}`
}

/** CONNECTION_TIMED_OUT; `what` says what did not come, and in what time. */
export function timedOut(endpoint: string, what: string): AirpinError {
    return new AirpinError(
        "CONNECTION_TIMED_OUT",
        `${endpoint}: ${what}`,
        "check that the host is up and that no firewall stands between",
    )
}

/** CHAIN_TOO_LARGE; `what` says what is. */
export function tooLarge(endpoint: string, what: string): AirpinError {
    return new AirpinError(
        "CHAIN_TOO_LARGE",
        `${endpoint}: ${what}`,
        "this is no chain a device could take; check what answers there",
    )
}

function noTls(what: string, endpoint: string): AirpinError {
    return new AirpinError("NO_TLS", `${endpoint}: the server ${what}`, "give the port of HTTPS (mostly 443)")
}

function noCertificate(endpoint: string): AirpinError {
    return new AirpinError(
        "NO_CERTIFICATE",
        `${endpoint}: the server speaks TLS without a certificate`,
        "give the server a certificate; no device connects to one without",
    )
}

function tlsRefused(why: string, endpoint: string): AirpinError {
    return new AirpinError(
        "TLS_REFUSED",
        `${endpoint}: the TLS handshake failed (${why})`,
        "check the server's TLS settings, and that it serves this host name",
    )
}

/** `unexpected message` of `…:error:0A0000F4:SSL routines:function:unexpected message:file.c:396:`; the function may be empty. */
function lastReason(stderr: string): string {
    const [, reason] = /:error:[^:]*:[^:]*:[^:]*:([^:\n]+)/.exec(stderr) ?? []
    return reason ?? "openssl gives no reason"
}
