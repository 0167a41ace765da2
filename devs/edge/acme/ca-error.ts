/** What an ACME CA's error responses mean (RFC 8555, 6.7: problem documents). */

import type { ErrorCode } from "../../../certs/error-codes/table.ts"
import { JsonField } from "../../../certs/json-field.ts"
import { SourceError } from "../renewal/types.ts"
import { type HttpsResponse, retryAfterMs } from "./https-message.ts"

const NAMESPACE = "urn:ietf:params:acme:error:"
/** longest text of a CA that goes into a message, in characters */
const MAX_DETAIL = 600

/** A problem document; what it lacks, or has in another form, is absent. */
export interface Problem {
    /** without the namespace of ACME: "rateLimited", "unauthorized" … */
    type?: string
    detail?: string
    /** about single names: "NAME: detail" */
    subproblems: string[]
}

/** An error response of a CA. */
export class CaError extends SourceError {
    /** of the response */
    readonly status: number
    readonly type: string | undefined

    constructor(code: ErrorCode, message: string, response: HttpsResponse, type: string | undefined) {
        super(code, message, retryOption(response))
        this.status = response.status
        this.type = type
    }
}

function retryOption({ headers }: HttpsResponse): { retryAfterMs?: number } {
    const delayMs = retryAfterMs(headers["retry-after"])
    return delayMs === undefined ? {} : { retryAfterMs: delayMs }
}

/** The problem document in a text; empty if there is none. */
function parseProblem(text: string): Problem {
    try {
        return readProblem(JsonField.parse(text))
    } catch {
        return { subproblems: [] } // a proxy's page, or an empty body
    }
}

function readProblem(json: JsonField): Problem {
    const type = optionalText(json, "type")?.replace(NAMESPACE, "")
    const detail = optionalText(json, "detail")
    const subproblems = json.has("subproblems") ? json.at("subproblems").list(subproblemText) : []
    return { ...(type && { type }), ...(detail && { detail }), subproblems }
}

/** The problem in the member `error` of an order or a challenge, as acme-client gives it. */
export function problemIn(object: { error?: object }): Problem {
    return parseProblem(JSON.stringify(object.error ?? {}))
}

function subproblemText(json: JsonField): string {
    const name = json.has("identifier") ? json.at("identifier").at("value").text() : "the order"
    return `${name}: ${optionalText(json, "detail") ?? "no detail"}`
}

function optionalText(json: JsonField, name: string): string | undefined {
    return json.has(name) ? json.at(name).text() : undefined
}

/** A problem in one line for a message, at most 600 characters. */
export function problemText({ type, detail, subproblems }: Problem): string {
    const text = [detail ?? type ?? "no reason given", ...subproblems].join("; ")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a CA's text must not command the terminal
    return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, " ").slice(0, MAX_DETAIL)
}

/** types of problems that concern the account rather than an order (RFC 8555, 6.7) */
const ACCOUNT_TYPES = [
    "accountDoesNotExist",
    "badPublicKey",
    "badSignatureAlgorithm",
    "externalAccountRequired",
    "invalidContact",
    "unsupportedContact",
    "userActionRequired",
]

/**
 * The error for a response with a status of 400 and above.
 *
 * @param host of the CA, for the message
 */
export function caError(host: string, response: HttpsResponse): CaError {
    const problem = parseProblem(response.body)
    const message = `${host}: ${problemText(problem)} (${[response.status, problem.type].filter(Boolean).join(", ")})`
    return new CaError(codeOf(response.status, problem.type), message, response, problem.type)
}

function codeOf(status: number, type = ""): ErrorCode {
    if (status === 429 || type === "rateLimited") return "ACME_RATE_LIMITED"
    if (status >= 500 || type === "badNonce") return "ACME_SERVER_ERROR"
    if (type === "invalidProfile") return "ACME_PROFILE_UNKNOWN" // draft-ietf-acme-profiles, 6
    return ACCOUNT_TYPES.includes(type) ? "ACME_ACCOUNT_REFUSED" : "ACME_ORDER_INVALID"
}
