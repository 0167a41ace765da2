/** Connections that end in an error: a client that does not trust the certificate, that sends no HTTP, that is gone. */
import type { FastifyInstance } from "fastify"

type Kind = "tls" | "http" | "lost"

/**
 * Counts and logs one.
 *
 * @param error of Node's TLS or HTTP server
 */
export function recordFailedConnection(
    app: FastifyInstance,
    { code = "unknown" }: NodeJS.ErrnoException,
    address = "unknown",
): void {
    const kind = kindOf(code)
    app.metrics.connectionsFailed.inc({ kind })
    app.events.record("info", "CONNECTION_FAILED", address, { kind, reason: code })
}

/** Codes of Node's HTTP parser, of its timeouts, and of sockets; all others are of TLS. */
function kindOf(code: string): Kind {
    if (/^(HPE|ERR_HTTP)_/.test(code)) return "http"
    return ["ECONNRESET", "EPIPE", "ETIMEDOUT"].includes(code) ? "lost" : "tls"
}
