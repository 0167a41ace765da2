/** The certificate that `airpin serve` presents: the owner's, or one of a throw-away CA. */
import path from "node:path"
import { AirpinError, asAirpinError } from "../../../certs/error.ts"
import { openOrCreateLocalCa } from "../../../certs/local-ca.ts"
import { toPem } from "../../../certs/x509/certificate.ts"
import { type CertificateWatcher, watchCertificate } from "../../api/certificate-watch.ts"
import type { Serving, TlsFiles } from "../../api/server.ts"
import type { Terminal } from "../../display/terminal.ts"
import { readFileBytes } from "../../files.ts"
import { readCertificateFile } from "../../pins/certificate-file.ts"
import { dnsNamesOf, isFor, type Reach } from "../../pins/own-addresses.ts"

/** Absolute, so that a command with it works in any folder. */
const localCaFolder = () => path.resolve(".airpin/ca")

/** The root that devices trust where no certificate is given: for `airpin pin --ca`. */
export const localRootFile = () => path.join(localCaFolder(), "root.pem")

export interface CertificateOptions {
    cert?: string | undefined
    key?: string | undefined
    name?: string[] | undefined
}

/**
 * The key and chain given by options, or new ones from the throw-away CA.
 *
 * @throws AirpinError KEY_AND_CERT; what reading the files throws
 */
export async function keyAndChain({ cert, key, name = [] }: CertificateOptions, reach: Reach): Promise<TlsFiles> {
    if (cert && key) return { certPem: await chainPemOf(cert), keyPem: (await readFileBytes(key)).toString() }
    if (cert || key) throw new AirpinError("KEY_AND_CERT", "--cert and --key must be given together")
    const ca = await openOrCreateLocalCa(localCaFolder())
    const { keyPem, chainPem } = await ca.issue({ names: [...new Set(["localhost", ...reach.names, ...name])] })
    return { keyPem, certPem: chainPem }
}

/** The chain of a file in any form, as TLS takes it. */
async function chainPemOf(file: string): Promise<string> {
    return (await readCertificateFile(file)).map(toPem).join("")
}

/** Hosts at which the server's certificate is accepted; at least one. */
export function hostsOf({ cert, name = [] }: CertificateOptions, { hosts }: Reach, certPem: string): string[] {
    const named = cert ? dnsNamesOf(certPem) : name
    const accepted = [...new Set([...named, ...hosts.filter(host => isFor(certPem, host))])]
    return accepted.length > 0 ? accepted : hosts
}

/** Gives the server the files of --cert and --key whenever they change. */
export function watchFiles(
    serving: Serving,
    options: CertificateOptions & { reach: Reach; current: TlsFiles },
    terminal: Terminal,
): CertificateWatcher {
    return watchCertificate({
        serving,
        current: options.current,
        read: () => keyAndChain(options, options.reach),
        onChange: error => reportCertificate(terminal, error),
    })
}

/** @param error why the server cannot use the files that changed; undefined if it does */
export function reportCertificate(terminal: Terminal, error: unknown): void {
    if (error === undefined) {
        terminal.line("renewed", "new connections get the certificate that is in --cert now")
        return
    }
    const { message, nextStep } = asAirpinError(error)
    terminal.warn(`the server keeps its certificate: ${message}\nnext      ${nextStep}`)
}
