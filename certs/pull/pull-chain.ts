/** Pulls the chain that a server presents to clients in general: openssl s_client offers all that it has. */
import type { Certificate } from "../x509/certificate.ts"
import { type PullOptions, runSClient } from "./s-client.ts"
import { explainFailure, readChain, timedOut, tooLarge } from "./s-client-output.ts"

/**
 * The certificates in the order the server sends them, not yet verified.
 *
 * The handshake is OpenSSL's, not the chip's: it also offers TLS 1.3 and RSA-PSS. A
 * server that chooses its chain by what the client offers may send the chip another one:
 * `live-server.ts` asks with the chip's offer too.
 *
 * @throws AirpinError SERVER_NAME_INVALID, PORT_INVALID, OPENSSL_MISSING, HOST_NOT_FOUND, CONNECTION_REFUSED,
 * CONNECTION_TIMED_OUT, CONNECTION_FAILED, NO_TLS, NO_CERTIFICATE, TLS_REFUSED, CHAIN_TOO_LARGE, CERTIFICATE_MALFORMED
 */
export async function pullChain(options: PullOptions): Promise<Certificate[]> {
    const { stopped, ...output } = await runSClient(options)
    const chain = readChain(output.stdout)
    if (chain) return chain
    if (stopped?.by === "size") throw tooLarge(output.endpoint, stopped.text)
    if (stopped?.by === "time") throw timedOut(output.endpoint, stopped.text)
    throw explainFailure(output)
}
