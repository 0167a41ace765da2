/** Which error codes a route may reply with. Each route names its own as `config.errors`; the document lists them. */
import type { FastifyContextConfig } from "fastify"
import { type ErrorCode, errorRow } from "../../../certs/error-codes/table.ts"
import { errorsOfAccess } from "../access/reader.ts"

/** Of every route: HTTP that cannot be parsed, and bugs. */
const anyErrors: ErrorCode[] = ["REQUEST_MALFORMED", "REQUEST_TIMEOUT", "HEADERS_TOO_LARGE", "INTERNAL"]

/** Of every route that opens the database. */
export const storeErrors: ErrorCode[] = [
    "STORE_BUSY",
    "STORE_FAILED",
    "STORE_FULL",
    "STORE_DISK_FAILED",
    "STORE_UNOPENED",
    "STORE_NOT_A_DATABASE",
    "STORE_VERSION",
    "STORE_UNREACHABLE",
    "STORE_UNTRUSTED",
    "STORE_LOGIN_REFUSED",
    "STORE_UNSAFE",
]

export const readErrors: ErrorCode[] = [...storeErrors, "READS_BUSY"]
/** Of every read below one device. */
export const deviceErrors: ErrorCode[] = [...readErrors, "QUERY_MALFORMED", "DEVICE_UNKNOWN"]
export const writeErrors: ErrorCode[] = [...storeErrors, "STORE_NOT_DURABLE", "SERVER_CLOCK_WRONG"]
export const timeRangeErrors: ErrorCode[] = ["TIME_UNREADABLE", "RANGE_REVERSED"]

/** Codes that a route may reply with. */
export function declaredErrors(config?: FastifyContextConfig): ErrorCode[] {
    return [...anyErrors, ...errorsOfAccess[config?.access ?? "all"], ...(config?.errors ?? [])]
}

/** The codes by HTTP status, in ascending order, each code once. */
export function byStatus(codes: ErrorCode[]): Map<number, ErrorCode[]> {
    const statuses = new Map<number, ErrorCode[]>()
    for (const code of new Set(codes)) {
        const status = errorRow(code).http
        if (status === undefined) throw new Error(`${code} has no HTTP status`)
        statuses.set(status, [...(statuses.get(status) ?? []), code])
    }
    return new Map([...statuses].sort(([a], [b]) => a - b))
}

declare module "fastify" {
    interface FastifyContextConfig {
        /** codes that the route may reply with, besides `anyErrors` */
        errors?: ErrorCode[]
        /** errors are for devices: in few bytes */
        briefProblems?: boolean
    }
}
