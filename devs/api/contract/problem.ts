/** Bodies of error responses: problem details (RFC 9457) with the error code that scripts and devices rely on. */
import { type ErrorCode, errorRow } from "../../../certs/error-codes/table.ts"

export const PROBLEM_TYPE = "application/problem+json"

export interface Problem {
    /** path at which the server describes the error: "/errors/DEVICE_UNKNOWN" */
    type?: string
    /** what the code means in general */
    title?: string
    status?: number
    /** the same as `message` */
    detail?: string
    /** sequence number of the reading that a batch is refused for: the device drops it */
    rejected?: number | undefined
    code: ErrorCode
    message: string
}

export function problemOf(code: ErrorCode, message: string, rejected?: number): Problem {
    const title = errorRow(code).what
    return { type: `/errors/${code}`, title, status: statusOf(code), detail: message, rejected, code, message }
}

/**
 * For devices, which read at most 224 bytes of a response and pay for each. RFC 9457 leaves every member optional
 * (section 3.1).
 */
export function briefProblem(code: ErrorCode, message: string, rejected?: number): Problem {
    return { rejected, code, message }
}

/** HTTP status of the response. */
export function statusOf(code: ErrorCode): number {
    return errorRow(code).http ?? 500
}

/** Schema of every error response; each route names the codes it may have. */
export const problemSchema = {
    $id: "Problem",
    type: "object",
    description: "Problem details (RFC 9457). Devices get only `rejected`, `code` and `message`.",
    required: ["code", "message"],
    properties: {
        type: { type: "string", description: "where the server describes the error, relative to its address" },
        title: { type: "string", description: "what the code means in general" },
        status: { type: "integer", description: "the HTTP status" },
        detail: { type: "string", description: "what is wrong, with its values" },
        rejected: {
            type: "integer",
            description: "sequence number of the reading that the batch is refused for; the device drops it",
        },
        code: { type: "string", description: "stable; `airpin errors` lists all" },
        message: { type: "string", description: "the same as `detail`" },
    },
}
