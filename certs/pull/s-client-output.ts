/**
 * Parses the output of `openssl s_client -showcerts`: the chain, or why there is
 * none. Relies on what OpenSSL 1.1.1, 3.x and LibreSSL have in common
 * (apps/s_client.c, print_stuff; s_socket.c).
 */
import { constants } from "node:os"
import { AirpinError } from "../error.ts"
import { type Certificate, parsePem } from "../x509/certificate.ts"

/** The output of one finished run of s_client. */
export interface SClientOutput {
    stdout: string
    stderr: string
    /** HOST:PORT, for messages */
    endpoint: string
}

/**
 * The presented chain in the order sent; undefined when the output contains no
 * complete one. The chain is also read when the handshake failed after the
 * certificates, for example because the server requires a client certificate.
 *
 * @throws AirpinError CERTIFICATE_MALFORMED
 */
export function readChain(stdout: string): Certificate[] | undefined {
    const [, section] = /^---\nCertificate chain\n(.*?)^---$/ms.exec(stdout.replaceAll("\r\n", "\n")) ?? []
    const blocks = section?.match(PEM_BLOCK) // whole lines only: a subject may contain anything within one
    return blocks ? parsePem(blocks.join("\n")) : undefined
}

const PEM_BLOCK = /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]*\n-----END CERTIFICATE-----$/gm

/**
 * Why the output contains no chain.
 *
 * @returns AirpinError HOST_NOT_FOUND, CONNECTION_REFUSED, CONNECTION_TIMED_OUT, CONNECTION_FAILED, NO_TLS,
 * CHAIN_TOO_LARGE, NO_CERTIFICATE or TLS_REFUSED
 */
export function explainFailure({ stdout, stderr, endpoint }: SClientOutput): AirpinError {
    if (RESOLVER_FAILED.test(stderr)) return hostNotFound(endpoint)
    const [, errno] = /connect:errno=(\d+)/.exec(stderr) ?? []
    if (errno) return connectionFailed(Number(errno), endpoint)
    if (/handshake has read 0 bytes/.test(stdout)) return noTls("closed the connection without a response", endpoint)
    if (NOT_TLS.test(stderr)) return noTls("responds, but not with TLS", endpoint)
    if (/excessive message size/.test(stderr))
        return tooLarge(endpoint, "its certificates exceed the 100 kB that openssl accepts")
    if (/Cipher is (?!\(NONE\))/.test(stdout)) return noCertificate(endpoint)
    return tlsRefused(lastReason(stderr), endpoint)
}

/** OpenSSL's name resolution function; LibreSSL's message */
const RESOLVER_FAILED = /BIO_lookup_ex|getaddrinfo/

/** OpenSSL's record layer errors for bytes that are not a TLS record */
const NOT_TLS = /wrong version number|packet length too long|http request|unknown protocol|bad record type/

function hostNotFound(endpoint: string): AirpinError {
    return new AirpinError("HOST_NOT_FOUND", `${endpoint}: this machine cannot resolve the name`)
}

function connectionFailed(errno: number, endpoint: string): AirpinError {
    const name = errorName(errno)
    if (name === "ECONNREFUSED" || name === "WSAECONNREFUSED") {
        return new AirpinError("CONNECTION_REFUSED", `${endpoint}: no server is listening there`)
    }
    if (name === "ETIMEDOUT" || name === "WSAETIMEDOUT")
        return timedOut(endpoint, "the server did not respond to the connection attempt")
    return new AirpinError("CONNECTION_FAILED", `${endpoint}: no connection (${name})`)
}

function errorName(errno: number): string {
    const names = Object.entries(constants.errno).filter(([, value]) => value === errno)
    return names[0]?.[0] ?? `errno ${errno}`
}

/** CONNECTION_TIMED_OUT; `what` names what did not arrive, and within what time. */
export function timedOut(endpoint: string, what: string): AirpinError {
    return new AirpinError("CONNECTION_TIMED_OUT", `${endpoint}: ${what}`)
}

/** CHAIN_TOO_LARGE; `what` names what is too large. */
export function tooLarge(endpoint: string, what: string): AirpinError {
    return new AirpinError("CHAIN_TOO_LARGE", `${endpoint}: ${what}`)
}

function noTls(what: string, endpoint: string): AirpinError {
    return new AirpinError("NO_TLS", `${endpoint}: the server ${what}`)
}

function noCertificate(endpoint: string): AirpinError {
    return new AirpinError("NO_CERTIFICATE", `${endpoint}: the server speaks TLS without a certificate`)
}

function tlsRefused(why: string, endpoint: string): AirpinError {
    return new AirpinError("TLS_REFUSED", `${endpoint}: the TLS handshake failed (${why})`)
}

/** What a server chose in a handshake, by OpenSSL's names. */
export interface ServerChoice {
    suite: string
    /** X25519, or `ECDH, prime256v1`; absent without a Diffie-Hellman exchange */
    group?: string
    /** type and hash of its signature: `RSA-PSS and SHA256`; absent without one */
    signature?: string
}

/** The server's choice; undefined when the handshake ended before it. */
export function readChoice(stdout: string): ServerChoice | undefined {
    const [, suite] = /^New, .*, Cipher is (?!\(NONE\))(\S+)/m.exec(stdout) ?? []
    if (!suite) return undefined
    const [, group] = /^(?:Server|Peer) Temp Key: (.*), \d+ bits/m.exec(stdout) ?? []
    const [, hash] = /^Peer signing digest: (\S+)/m.exec(stdout) ?? []
    const [, type] = /^Peer signature type: (\S+)/m.exec(stdout) ?? []
    const signature = hash && type ? `${type} and ${hash}` : type
    return { suite, ...(group && { group }), ...(signature && { signature }) }
}

/** True if this openssl does not know an option of the command line, or a name in it: it connects to nothing then. */
export function isOptionUnknown(stderr: string): boolean {
    return /^(?:s_client: Unknown option|unknown option|Call to SSL_CONF_cmd|Error with command|Unable to set)/im.test(
        stderr,
    )
}

/**
 * The reason that OpenSSL gives last: `unexpected message` of `…:error:0A0000F4:SSL routines:function:unexpected message:file.c:396:`; the
 * function may be empty.
 */
export function lastReason(stderr: string): string {
    const [, reason] = /:error:[^:]*:[^:]*:[^:]*:([^:\n]+)/.exec(stderr) ?? []
    return reason ?? "openssl gives no reason"
}
