/** Security headers of every response. */
import type { FastifyReply, FastifyRequest } from "fastify"

/** The page loads nothing from other servers and sends its forms to this one. */
const PAGE_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
/** What is no page runs and loads nothing, if a browser shows it at all. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"

/** A year, as OWASP's HTTP Headers Cheat Sheet advises; other hosts of the domain are not this server's business. */
const TRANSPORT_SECURITY = "max-age=31536000"

const common = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

/**
 * The headers by name, for a response with this media type.
 *
 * `Strict-Transport-Security` is left out for the name localhost: browsers apply it to every port, and so would refuse
 * whatever else serves HTTP there.
 */
export function securityHeaders(isHttps: boolean, host: string, type: unknown): Record<string, string> {
    return {
        "content-security-policy": `${type}`.startsWith("text/html") ? PAGE_POLICY : DATA_POLICY,
        ...common,
        ...(isHttps && !/^localhost(:|$)/i.test(host) && { "strict-transport-security": TRANSPORT_SECURITY }),
    }
}

/**
 * Adds the headers to a response. A response to a request with a valid device token gets none: its client is a device,
 * which shows nothing and pays for each byte. One that says "not modified" gets none either: they would replace those
 * of the page that the browser has (RFC 9111 section 3.2).
 */
export function addSecurityHeaders(request: FastifyRequest, reply: FastifyReply): void {
    if (request.holder || reply.statusCode === 304) return
    const headers = securityHeaders(request.protocol === "https", request.host, reply.getHeader("content-type"))
    for (const [name, value] of Object.entries(headers)) if (!reply.hasHeader(name)) reply.header(name, value)
    if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-store")
}
