/** Responses of the proxy itself under /api: problems (RFC 9457), short, as the API's are for devices. */
import type { ErrorCode } from "../../../certs/error-codes/table.ts"
import { RETRY_AFTER_S } from "./site.ts"

export interface ProxyProblem {
    status: number
    /** a device reads 224 bytes of it */
    body: string
    retryAfterS?: number
}

const problem = (status: number, code: ErrorCode, message: string, retryAfterS?: number): ProxyProblem => ({
    status,
    body: JSON.stringify({ code, message }),
    ...(retryAfterS !== undefined && { retryAfterS }),
})

/** What the firmware does with them: 413 halves its batch, Retry-After sets its pause. */
export const proxyProblems: ProxyProblem[] = [
    problem(413, "BODY_TOO_LARGE", "the body is too large"),
    problem(502, "UPSTREAM_UNREACHABLE", "no API process can be reached", RETRY_AFTER_S),
    problem(503, "UPSTREAM_BUSY", "there are too many requests at once", RETRY_AFTER_S),
    problem(504, "UPSTREAM_TIMEOUT", "the API does not respond in time", RETRY_AFTER_S),
]
