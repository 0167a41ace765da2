/** Requests and responses of HTTPS. */
import type { IncomingHttpHeaders } from "node:http"

export interface HttpsRequest {
    method: string
    url: string
    headers?: Record<string, string>
    body?: string
}

export interface HttpsResponse {
    status: number
    headers: IncomingHttpHeaders
    body: string
}

const MAX_RETRY_AFTER_MS = 31 * 24 * 3600 * 1000

/**
 * The delay of the header Retry-After in ms, from a number of seconds or a date (RFC 9110, 10.2.3); 0 for a date in the past, a month at
 * most. Undefined without the header, or if it is neither.
 */
export function retryAfterMs(header: string | undefined, nowMs = Date.now()): number | undefined {
    if (header === undefined) return undefined
    const delayMs = /^\d{1,10}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs
    return Number.isNaN(delayMs) ? undefined : Math.min(Math.max(delayMs, 0), MAX_RETRY_AFTER_MS)
}
