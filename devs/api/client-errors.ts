import { STATUS_CODES } from "node:http"
import type { Duplex } from "node:stream"
import { TLSSocket } from "node:tls"
import type { ErrorCode } from "../../certs/error-codes/table.ts"
import { securityHeaders } from "./access/headers.ts"
import { PROBLEM_TYPE, problemOf, statusOf } from "./contract/problem.ts"

/** Responses by the error code of Node's HTTP parser and timeouts; any other error is malformed HTTP. */
const replies: Record<string, [code: ErrorCode, message: string]> = {
    ERR_HTTP_REQUEST_TIMEOUT: ["REQUEST_TIMEOUT", "the request did not arrive in time"],
    HPE_HEADER_OVERFLOW: ["HEADERS_TOO_LARGE", "the headers are too large"],
}
const badHttp: [ErrorCode, string] = ["REQUEST_MALFORMED", "this is not HTTP"]

/**
 * Replies to what Node could not parse as a request, and closes the connection.
 *
 * @param date value of the `Date` header; undefined: without one
 */
export function replyToClientError(error: NodeJS.ErrnoException, socket: Duplex, date: string | undefined): void {
    if (error.code === "ECONNRESET" || !socket.writable) {
        socket.destroy()
        return
    }
    const security = securityHeaders(socket instanceof TLSSocket, "", PROBLEM_TYPE)
    socket.end(replyText(replies[error.code ?? ""] ?? badHttp, date, security))
}

function replyText(
    [code, message]: [ErrorCode, string],
    date: string | undefined,
    security: Record<string, string>,
): string {
    const status = statusOf(code)
    const body = JSON.stringify(problemOf(code, message))
    const head = [
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
        ...(date === undefined ? [] : [`date: ${date}`]),
        `content-type: ${PROBLEM_TYPE}`,
        `content-length: ${body.length}`,
        ...Object.entries(security).map(([name, value]) => `${name}: ${value}`),
        "connection: close",
    ]
    return `${head.join("\r\n")}\r\n\r\n${body}`
}
