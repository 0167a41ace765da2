import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { AirpinError } from "../../certs/error.ts"
import { type ErrorCode, errorRow } from "../../certs/error-codes/table.ts"

/** Seconds after which a client may try again when the store is busy. */
const RETRY_AFTER_S = 5

/** Codes of Fastify, in the words of this API. */
const codeOfFastify: Record<string, ErrorCode> = {
    FST_ERR_BAD_URL: "QUERY_MALFORMED",
    FST_ERR_CTP_BODY_TOO_LARGE: "BODY_TOO_LARGE",
    FST_ERR_CTP_EMPTY_JSON_BODY: "BODY_MALFORMED",
    FST_ERR_CTP_INVALID_CONTENT_LENGTH: "BODY_MALFORMED",
    FST_ERR_CTP_INVALID_JSON_BODY: "BODY_MALFORMED",
    FST_ERR_CTP_INVALID_MEDIA_TYPE: "MEDIA_TYPE_UNSUPPORTED",
}

/** Schema rules with a code of their own; a batch that is too long gets the 413 on which a device halves it. */
const codeOfKeyword: Record<string, ErrorCode> = {
    maxItems: "BATCH_TOO_LONG",
    minimum: "VALUE_OUT_OF_RANGE",
    maximum: "VALUE_OUT_OF_RANGE",
}

/** Body of every answer that is not a success. */
export const errorSchema = {
    type: "object",
    description: "what went wrong",
    properties: { code: { type: "string" }, message: { type: "string" } },
}

/**
 * Gives the request its moment, and the answer that moment as `Date` and no
 * header without a use: on a small device's line each byte counts.
 *
 * @param nowMs ms since 1970
 */
export function stamp(request: FastifyRequest, reply: FastifyReply, nowMs: number): void {
    request.nowMs = nowMs
    reply.header("date", new Date(nowMs).toUTCString())
    reply.raw.sendDate = false
    // HTTP/1.1 keeps the connection without a word (RFC 9112 section 9.3)
    if (reply.raw.shouldKeepAlive) reply.raw.removeHeader("connection")
}

/** JSON is UTF-8 and its media type has no charset parameter (RFC 8259 section 11); Fastify adds one. */
export function plainJsonType(reply: FastifyReply): void {
    if (reply.getHeader("content-type") === "application/json; charset=utf-8") reply.type("application/json")
}

/** Answers `{code, message}` for whatever is thrown, never a stack. */
export function replyToErrors(app: FastifyInstance): void {
    app.setErrorHandler((error: FastifyError, _request, reply) => sendError(error, reply))
    app.setNotFoundHandler((request, reply) =>
        sendError(
            new AirpinError("ROUTE_UNKNOWN", `there is no ${request.method} ${request.url.split("?")[0]}`),
            reply,
        ),
    )
}

/** Sends the answer for one error. */
export function sendError(error: Error & Partial<FastifyError>, reply: FastifyReply): FastifyReply {
    const code = codeOf(error)
    const status = errorRow(code).http ?? 500
    if (status === 401) reply.header("www-authenticate", "Bearer")
    if (status === 503) reply.header("retry-after", String(RETRY_AFTER_S))
    if (status >= 500) reply.log.error({ err: error }, code)
    return reply.code(status).send({ code, message: messageOf(error, code) })
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
