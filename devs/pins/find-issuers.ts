import type { Candidate } from "../../certs/anchor.ts"
import { downloadIssuer, type RootDownloadOptions } from "../../certs/download-root.ts"
import type { TailOptions } from "../../certs/tail/cross-signed-tail.ts"
import { wantedIssuer } from "../../certs/tail/wanted-issuer.ts"
import type { Certificate } from "../../certs/x509/certificate.ts"

/**
 * Downloads the issuers that the chip looks up for chains that are trusted without them, as far as no trust store
 * has them.
 *
 * @param chains each in the order sent
 * @throws AirpinError DOWNLOAD_FAILED, DOWNLOAD_TOO_LARGE, DOWNLOAD_NOT_THE_ISSUER
 */
export async function downloadTailIssuers(
    chains: Certificate[][],
    options: TailOptions,
    download: RootDownloadOptions = {},
): Promise<Candidate[]> {
    const fetched: Candidate[] = []
    for (const chain of chains) {
        const wanted = wantedIssuer(chain, { ...options, fetched })
        if (wanted) fetched.push(await downloadIssuer(wanted, download))
    }
    return fetched
}

/** The warning for an issuer that only a signature vouches for; undefined for others. */
export function fetchedWarning({ source, certificate: { subject, spkiSha256 } }: Candidate): string | undefined {
    if (source !== "issuer-address") return undefined
    return `"${subject}" comes from the address in the server's own chain: compare its SPKI SHA-256 with the one that its operator publishes (${spkiSha256})`
}
