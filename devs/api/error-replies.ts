import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { AirpinError } from "../../certs/error.ts"
import type { ErrorCode } from "../../certs/error-codes/table.ts"
import type { ClockCheck } from "./clock-check.ts"
import { briefProblem, PROBLEM_TYPE, problemOf, statusOf } from "./contract/problem.ts"
import { refusalPage } from "./pages/access-pages.ts"
import { ReadingRejected } from "./rejected-reading.ts"

/** Seconds after which a client may try again if the server is busy, and if its clock is wrong. */
const RETRY_AFTER_S = 5
const RETRY_AFTER_CLOCK_S = 60

/** A device that is over its limit of a day: the longest wait that it accepts (MAX_WAIT_MS in src/uplink). */
const RETRY_AFTER_LIMIT_S = 3600

/** Error codes of this API by those of Fastify. */
const codeOfFastify: Record<string, ErrorCode> = {
    FST_ERR_BAD_URL: "QUERY_MALFORMED",
    FST_ERR_MAX_PARAM_LENGTH: "QUERY_MALFORMED",
    FST_ERR_CTP_BODY_TOO_LARGE: "BODY_TOO_LARGE",
    FST_ERR_CTP_EMPTY_JSON_BODY: "BODY_MALFORMED",
    FST_ERR_CTP_INVALID_CONTENT_LENGTH: "BODY_MALFORMED",
    FST_ERR_CTP_INVALID_JSON_BODY: "BODY_MALFORMED",
    FST_ERR_CTP_INVALID_MEDIA_TYPE: "MEDIA_TYPE_UNSUPPORTED",
}

/** Error codes by violated JSON schema keyword. A batch that is too long gets a 413, on which a device halves it. */
const codeOfKeyword: Record<string, ErrorCode> = {
    maxItems: "BATCH_TOO_LONG",
    minimum: "VALUE_OUT_OF_RANGE",
    maximum: "VALUE_OUT_OF_RANGE",
}

/** The time as HTTP writes it; undefined while the clock is in doubt (RFC 9110 section 6.6.1). */
export function dateHeader(nowMs: number, clock: ClockCheck): string | undefined {
    return clock.doubt(nowMs / 1000) === undefined ? httpDate(Math.floor(nowMs / 1000)) : undefined
}

/** Of the second that was asked for last: to write it takes longer than the rest of `stamp`. */
let known = { atS: 0, text: new Date(0).toUTCString() }

function httpDate(atS: number): string {
    if (known.atS !== atS) known = { atS, text: new Date(atS * 1000).toUTCString() }
    return known.text
}

/**
 * Records the arrival time and sends it as `Date`, without a `Connection`
 * header where HTTP/1.1 does not need one, because a device pays for each byte.
 *
 * @param nowMs ms since 1970
 */
export function stamp(request: FastifyRequest, reply: FastifyReply, nowMs: number, clock: ClockCheck): void {
    request.nowMs = nowMs
    const date = dateHeader(nowMs, clock)
    if (date !== undefined) reply.header("date", date)
    reply.raw.sendDate = false
    // HTTP/1.1 connections persist by default (RFC 9112 section 9.3)
    if (reply.raw.shouldKeepAlive) reply.raw.removeHeader("connection")
}

/** Removes the charset that Fastify adds: the media types of JSON have no such parameter (RFC 8259 section 11). */
export function plainJsonType(reply: FastifyReply): void {
    const [, json] = /^(application\/(?:\w+\+)?json); charset=utf-8$/.exec(`${reply.getHeader("content-type")}`) ?? []
    if (json !== undefined) reply.header("content-type", json)
}

/** Replies with a problem to whatever is thrown, never with a stack. */
export function replyToErrors(app: FastifyInstance): void {
    app.setErrorHandler((error: FastifyError, _request, reply) => sendError(error, reply))
    app.setNotFoundHandler((request, reply) =>
        sendError(
            new AirpinError("ROUTE_UNKNOWN", `there is no ${request.method} ${request.url.split("?")[0]}`),
            reply,
        ),
    )
}

/** Sends the response for one error. */
export function sendError(error: Error & Partial<FastifyError>, reply: FastifyReply): FastifyReply {
    const code = codeOf(error)
    const status = statusOf(code)
    if (status === 401) reply.header("www-authenticate", "Bearer")
    if (code === "SERVER_CLOCK_WRONG") reply.removeHeader("date")
    if (status === 503 || code === "DEVICE_LIMIT") reply.header("retry-after", `${retryAfterS(code)}`)
    reply.request.failure = { code, error }
    reply.header("x-request-id", reply.request.id)
    const rejected = error instanceof ReadingRejected ? error.seq : undefined
    reply.code(status)
    if (wantsPage(reply.request)) return reply.type(HTML_TYPE).send(refusalPage(reply.request, status, code))
    const body = reply.routeOptions.config?.briefProblems ? briefProblem : problemOf
    return reply.type(PROBLEM_TYPE).send(body(code, messageOf(error, code), rejected))
}

const HTML_TYPE = "text/html; charset=utf-8"

/** Whether a browser shows the response to a person: the API replies with problems to everyone. */
function wantsPage({ method, url, headers, is404, routeOptions }: FastifyRequest): boolean {
    if (method !== "GET" && method !== "HEAD") return false
    const isPage = routeOptions.config?.page === true || (is404 && !url.startsWith("/api/"))
    return isPage && (headers.accept ?? "").includes("text/html")
}

function retryAfterS(code: ErrorCode): number {
    if (code === "DEVICE_LIMIT") return RETRY_AFTER_LIMIT_S
    return code === "SERVER_CLOCK_WRONG" ? RETRY_AFTER_CLOCK_S : RETRY_AFTER_S
}

function codeOf(error: Error & Partial<FastifyError>): ErrorCode {
    if (error instanceof AirpinError) return error.code
    const rule = error.validation?.[0]
    if (rule)
        return (
            codeOfKeyword[rule.keyword] ?? (error.validationContext === "body" ? "BODY_MALFORMED" : "QUERY_MALFORMED")
        )
    return codeOfFastify[error.code ?? ""] ?? "INTERNAL"
}

function messageOf(error: Error, code: ErrorCode): string {
    return code === "INTERNAL" ? "the server failed; its log says why" : error.message
}
