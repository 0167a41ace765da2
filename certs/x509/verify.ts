/**
 * What must hold of a chain before anybody is told to trust it. The chip checks
 * less (no date at all), so these checks stand in the tools.
 */
import { X509Certificate } from "node:crypto"
import { AirpinError } from "../error.ts"
import { type Certificate, isSignedBy } from "./certificate.ts"
import { isIpAddress, requireServerName } from "./server-name.ts"

/**
 * Each certificate of the path is signed by the next one.
 *
 * @throws AirpinError SIGNATURE_INVALID
 */
export function requireSignatures(path: Certificate[]): void {
    for (const [at, issuer] of path.slice(1).entries()) {
        if (!isSignedBy(path[at]!, issuer)) throw signatureInvalid(path[at]!)
    }
}

/** SIGNATURE_INVALID: `certificate` names an issuer whose key did not sign it. */
export function signatureInvalid(certificate: Certificate): AirpinError {
    return new AirpinError(
        "SIGNATURE_INVALID",
        `"${certificate.subject}" names "${certificate.issuer}" as its issuer, whose key did not sign it`,
        "this is damage, a wrong file, or an attack: compare the keys with those the operator publishes",
    )
}

/**
 * All certificates are valid at the moment.
 *
 * @throws AirpinError CHAIN_EXPIRED, CHAIN_NOT_YET_VALID
 */
export function requireDates(certificates: Certificate[], now: Date): void {
    for (const { subject, notBefore, notAfter } of certificates) {
        if (now > notAfter) {
            throw new AirpinError(
                "CHAIN_EXPIRED",
                `"${subject}" expired on ${notAfter.toISOString()}`,
                "renew it; the chip would not notice, every other client does",
            )
        }
        if (now < notBefore) {
            throw new AirpinError(
                "CHAIN_NOT_YET_VALID",
                `"${subject}" is valid from ${notBefore.toISOString()} on, it is now ${now.toISOString()}`,
                "check the clocks of this machine and of the server",
            )
        }
    }
}

/** True when the certificate is valid at the moment. */
export function isValidAt({ notBefore, notAfter }: Certificate, now: Date): boolean {
    return notBefore <= now && now <= notAfter
}

/**
 * The certificate is made out to the server, in its subjectAltName (RFC 9525).
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
    throw new AirpinError(
        "HOST_MISMATCH",
        `the server's certificate is for ${certificate.subjectAltName ?? "no name at all"}, not for ${serverName}`,
        "use a name that stands in the certificate, or have it reissued",
    )
}

/**
 * The certificate may issue what is below it: CA:TRUE, keyCertSign, path length.
 *
 * @param path from the leaf or the issuing intermediate up; may end with the certificate itself
 */
export function mayIssue(ca: Certificate, path: Certificate[]): boolean {
    const casBelow = path.filter(({ isCa, subjectDer, issuerDer }) => isCa && !subjectDer.equals(issuerDer)) // RFC 5280, 4.2.1.9
    return new X509Certificate(ca.der).ca && casBelow.length <= (ca.pathLength ?? Infinity)
}
