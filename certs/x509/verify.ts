/**
 * Checks that a chain must pass before it is pinned. The chip checks less (no
 * dates at all), so the tools do it.
 */
import { X509Certificate } from "node:crypto"
import { AirpinError } from "../error.ts"
import { type Certificate, isSignedBy } from "./certificate.ts"
import { isIpAddress, requireServerName } from "./server-name.ts"

/**
 * Requires that each certificate of the path is signed by the next one.
 *
 * @throws AirpinError SIGNATURE_INVALID
 */
export function requireSignatures(path: Certificate[]): void {
    let child: Certificate | undefined
    for (const certificate of path) {
        if (child && !isSignedBy(child, certificate)) throw signatureInvalid(child)
        child = certificate
    }
}

/** SIGNATURE_INVALID: the key of the issuer that `certificate` names did not sign it. */
function signatureInvalid(certificate: Certificate): AirpinError {
    return new AirpinError(
        "SIGNATURE_INVALID",
        `"${certificate.subject}" names "${certificate.issuer}" as its issuer, whose key did not sign it`,
    )
}

/**
 * Requires that all certificates are valid at `now`.
 *
 * @throws AirpinError CHAIN_EXPIRED, CHAIN_NOT_YET_VALID
 */
export function requireDates(certificates: Certificate[], now: Date): void {
    for (const { subject, notBefore, notAfter } of certificates) {
        if (now > notAfter) {
            throw new AirpinError("CHAIN_EXPIRED", `"${subject}" expired on ${notAfter.toISOString()}`)
        }
        if (now < notBefore) {
            throw new AirpinError(
                "CHAIN_NOT_YET_VALID",
                `"${subject}" is not valid before ${notBefore.toISOString()}, and it is now ${now.toISOString()}`,
            )
        }
    }
}

/** True when the certificate is valid at `now`. */
export function isValidAt({ notBefore, notAfter }: Certificate, now: Date): boolean {
    return notBefore <= now && now <= notAfter
}

/**
 * Requires that the certificate's subjectAltName contains the server's name (RFC 9525).
 *
 * @throws AirpinError SERVER_NAME_INVALID, HOST_MISMATCH
 */
export function requireHost(leaf: Certificate, serverName: string): void {
    requireServerName(serverName)
    const certificate = new X509Certificate(leaf.der)
    const match = isIpAddress(serverName)
        ? certificate.checkIP(serverName)
        : certificate.checkHost(serverName, { subject: "never", partialWildcards: false })
    if (match !== undefined) return
    if (!hasAltName(leaf)) throw withoutAltName(leaf, serverName)
    throw new AirpinError(
        "HOST_MISMATCH",
        `the server's certificate is for ${certificate.subjectAltName ?? "no name at all"}, not for ${serverName}`,
    )
}

const SUBJECT_ALT_NAME = "2.5.29.17"

/** False for a certificate whose only name is its common name, which browsers, Node and Go ignore (RFC 9525, 6.1). */
export function hasAltName(leaf: Certificate): boolean {
    return leaf.extensions.some(({ oid }) => oid === SUBJECT_ALT_NAME)
}

function withoutAltName({ subject }: Certificate, serverName: string): AirpinError {
    return new AirpinError(
        "HOST_MISMATCH",
        `the server's certificate "${subject}" has no subjectAltName: devices and OpenSSL look at its common name, but browsers, Node and Go refuse it`,
        `have it reissued with ${serverName} as a subjectAltName`,
    )
}

/**
 * True when the CA may issue the path below it: CA:TRUE, keyCertSign, path length.
 *
 * @param path from the leaf or the issuing intermediate upwards; may end with the CA itself
 */
export function mayIssue(ca: Certificate, path: Certificate[]): boolean {
    // self-issued certificates do not count (RFC 5280, 4.2.1.9)
    const casBelow = path.filter(({ isCa, subjectDer, issuerDer }) => isCa && !subjectDer.equals(issuerDer))
    return new X509Certificate(ca.der).ca && casBelow.length <= (ca.pathLength ?? Infinity)
}
