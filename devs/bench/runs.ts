/** Runs, times and certificates that the benchmarks of programs share. */
import { rootCertificates } from "node:tls"
import { parsePem } from "../../certs/x509/certificate.ts"

/** the first run is a cold start; the median of the others is the cost */
export const RUNS = 7

/** @param times duration of each run, ms */
export function timesOf([firstMs = 0, ...rest]: number[]): { firstMs: number; medianMs: number } {
    const medianMs = rest.sort((one, other) => one - other)[Math.floor(rest.length / 2)] ?? firstMs
    return { firstMs, medianMs }
}

/** Let's Encrypt's roots, PEM: the anchors for a host with a certificate of theirs. */
export function isrgRoots(): string {
    return rootCertificates
        .filter(pem => parsePem(pem).some(({ subject }) => subject.startsWith("CN=ISRG Root")))
        .join("\n")
}
