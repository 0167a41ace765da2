/** What the benchmarks of the command line have in common. */
import { rootCertificates } from "node:tls"
import { parsePem } from "../../certs/x509/certificate.ts"

/** the first shows a cold start, the middle one of the rest what it costs */
export const RUNS = 7

/** @param times of each run, ms */
export function timesOf([firstMs = 0, ...rest]: number[]): { firstMs: number; medianMs: number } {
    const medianMs = rest.sort((one, other) => one - other)[Math.floor(rest.length / 2)] ?? firstMs
    return { firstMs, medianMs }
}

/** What a host with a certificate of Let's Encrypt is pinned to, PEM. */
export function isrgRoots(): string {
    return rootCertificates.filter(pem => parsePem(pem)[0]!.subject.startsWith("CN=ISRG Root")).join("\n")
}
