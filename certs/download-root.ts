/**
 * Downloads a root in the table of operators, accepted only by the hash of its key, and the issuer of a certificate,
 * accepted only by its signature on that certificate; never because of where they came from.
 *
 * This file touches the network.
 */
import { type Candidate, isSelfIssued } from "./anchor.ts"
import { AirpinError } from "./error.ts"
import { isOfRoot, type OperatorRoot } from "./operators.ts"
import { readCertificates } from "./read/certificates.ts"
import type { WantedIssuer } from "./tail/wanted-issuer.ts"
import { type Certificate, isSignedBy } from "./x509/certificate.ts"

/** for name resolution, connection and response together; the same as for a server's chain */
const DEFAULT_TIMEOUT_MS = 10_000
/** ten times the largest root in use (RSA 4096 as PEM: 2 kB) */
const MAX_BYTES = 20 * 1024

export interface RootDownloadOptions {
    /** replaces the global `fetch` */
    fetch?: (url: string, init: { signal: AbortSignal }) => Promise<Response>
    /** default 10,000 */
    timeoutMs?: number
}

/**
 * The root's self-signed certificate.
 *
 * @throws AirpinError DOWNLOAD_FAILED, DOWNLOAD_TOO_LARGE, DOWNLOAD_NOT_THE_ROOT
 */
export async function downloadRoot(root: OperatorRoot, options: RootDownloadOptions = {}): Promise<Certificate> {
    const bytes = await download(root.url, root.subject, options)
    const certificate = certificatesIn(bytes).find(one => isOfRoot(one, root) && isSignedBy(one, one))
    if (certificate) return certificate
    throw new AirpinError(
        "DOWNLOAD_NOT_THE_ROOT",
        `${root.url} does not return "${root.subject}" with the key ${root.spkiSha256}`,
    )
}

/**
 * The issuer of a certificate, from the first address that returns it.
 *
 * @throws AirpinError DOWNLOAD_FAILED, DOWNLOAD_TOO_LARGE, DOWNLOAD_NOT_THE_ISSUER, of the last address
 */
export async function downloadIssuer(wanted: WantedIssuer, options: RootDownloadOptions = {}): Promise<Candidate> {
    let failure = notTheIssuer(wanted, "no address")
    for (const url of wanted.addresses) {
        try {
            return await downloadIssuerFrom(url, wanted, options)
        } catch (error) {
            if (!(error instanceof AirpinError)) throw error
            failure = error
        }
    }
    throw failure
}

async function downloadIssuerFrom(url: string, wanted: WantedIssuer, options: RootDownloadOptions): Promise<Candidate> {
    const { child, root } = wanted
    const found = certificatesIn(await download(url, child.issuer, options)).filter(
        one => one.subjectDer.equals(child.issuerDer) && isSignedBy(child, one) && (!root || isOfRoot(one, root)),
    )
    const certificate = found.find(isSelfIssued) ?? found[0]
    if (certificate) return { certificate, source: root ? "download" : "issuer-address" }
    throw notTheIssuer(wanted, url)
}

function notTheIssuer({ child, root }: WantedIssuer, url: string): AirpinError {
    const key = root ? `, with the key ${root.spkiSha256}` : ""
    return new AirpinError(
        "DOWNLOAD_NOT_THE_ISSUER",
        `${url} does not return "${child.issuer}" whose key signed "${child.subject}"${key}`,
    )
}

async function download(
    url: string,
    subject: string,
    { fetch = globalThis.fetch, timeoutMs = DEFAULT_TIMEOUT_MS }: RootDownloadOptions,
): Promise<Buffer> {
    try {
        const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
        if (!response.ok) throw new Error(`HTTP status ${response.status}`)
        return await readBody(response, url)
    } catch (cause) {
        if (cause instanceof AirpinError) throw cause
        throw new AirpinError(
            "DOWNLOAD_FAILED",
            `"${subject}" cannot be downloaded from ${url}: ${reasonOf(cause as Error)}`,
            { cause },
        )
    }
}

async function readBody(response: Response, url: string): Promise<Buffer> {
    const parts: Uint8Array[] = []
    let sizeBytes = 0
    for await (const part of response.body ?? []) {
        sizeBytes += (part as Uint8Array).length
        if (sizeBytes > MAX_BYTES) throw tooLarge(url)
        parts.push(part as Uint8Array)
    }
    return Buffer.concat(parts)
}

function tooLarge(url: string): AirpinError {
    return new AirpinError(
        "DOWNLOAD_TOO_LARGE",
        `${url} returns more than ${MAX_BYTES} bytes, too many for a root certificate`,
    )
}

/** fetch reports "fetch failed"; the reason is in its cause. */
function reasonOf(error: Error): string {
    return error.cause instanceof Error ? error.cause.message : error.message
}

/** The certificates of the response; none for anything else. */
function certificatesIn(bytes: Buffer): Certificate[] {
    try {
        return readCertificates(bytes, "the response")
    } catch (error) {
        if (error instanceof AirpinError) return []
        throw error
    }
}
