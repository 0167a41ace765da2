/** Requests that a page of another site makes a browser send, with the browser's cookies (CSRF). */
import type { FastifyRequest } from "fastify"
import { AirpinError } from "../../../certs/error.ts"

const SAFE_METHODS = ["GET", "HEAD", "OPTIONS"]

/**
 * Refuses a request that changes something unless a page of this server made the browser send it. Browsers say so in
 * `Sec-Fetch-Site` (Fetch Metadata), older ones in `Origin`; a page can set neither. The cookies are SameSite=Strict
 * besides. A request with an `Authorization` header is let through: browsers send that for no other site.
 *
 * @throws AirpinError CROSS_SITE
 */
export function refuseCrossSite({ method, headers, protocol, host }: FastifyRequest): void {
    if (SAFE_METHODS.includes(method) || headers.authorization !== undefined) return
    const site = headers["sec-fetch-site"]
    const isOwn = site === undefined ? headers.origin === `${protocol}://${host}` : site === "same-origin"
    if (!isOwn) throw new AirpinError("CROSS_SITE", "the request does not come from a page of this server")
}
