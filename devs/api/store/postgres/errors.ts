/** Errors of PostgreSQL, of the driver pg and of the connection, as AirpinErrors. */
import pg from "pg"
import { AirpinError } from "../../../../certs/error.ts"
import type { ErrorCode } from "../../../../certs/error-codes/table.ts"

/** By SQLSTATE, or by its class of two characters (PostgreSQL manual, appendix A). */
const meanings: Record<string, [code: ErrorCode, message: string]> = {
    "08": ["STORE_UNREACHABLE", "the connection to PostgreSQL failed"],
    "25006": ["STORE_UNREACHABLE", "the PostgreSQL server takes no writes: it is a standby"],
    "53300": ["STORE_UNREACHABLE", "the PostgreSQL server has no connection left"],
    "57P01": ["STORE_UNREACHABLE", "the PostgreSQL server is being shut down"],
    "57P02": ["STORE_UNREACHABLE", "the PostgreSQL server has crashed"],
    "57P03": ["STORE_UNREACHABLE", "the PostgreSQL server is starting, or is a standby"],
    "25P03": ["STORE_UNREACHABLE", "PostgreSQL closed a transaction in which nothing happened for too long"],
    "28": ["STORE_LOGIN_REFUSED", "PostgreSQL refuses the login"],
    "3D000": ["STORE_LOGIN_REFUSED", "the PostgreSQL server has no such database"],
    "42501": ["STORE_LOGIN_REFUSED", "PostgreSQL does not allow this to the user"],
    "53100": ["STORE_FULL", "the disk of the PostgreSQL server is full"],
    "40": ["STORE_BUSY", "other transactions were in the way several times"],
    "55P03": ["STORE_BUSY", "another transaction holds the rows"],
    "57014": ["STORE_BUSY", "the query took too long"],
}

/**
 * SQLSTATE of a serialization failure, of a deadlock, and of a key that another process gave to a row at the same moment:
 * the transaction succeeds if it is run again.
 */
const RETRYABLE = ["40001", "40P01", "23505"]

/** OpenSSL's codes for a certificate that does not verify, and those of Node.js. */
const CERTIFICATE = /CERT|SELF_SIGNED|SIGNATURE|ISSUER|^ERR_TLS|^ERR_SSL|^EPROTO$/

/** Text of pg when every connection of the pool is in use. */
const POOL_BUSY = "timeout exceeded when trying to connect"

/** Texts of pg when the server refuses TLS. */
const NO_TLS = /SSL connection/

/**
 * STORE_UNREACHABLE, STORE_UNTRUSTED, STORE_LOGIN_REFUSED, STORE_FULL, STORE_BUSY or STORE_FAILED. Its message has no
 * address and no value of a row, because the API sends it to devices; they are in the `cause`.
 */
export function postgresError(error: unknown): AirpinError {
    if (error instanceof AirpinError) return error
    if (error instanceof pg.DatabaseError) return ofServer(error)
    const { code = "", message = String(error) }: { code?: string; message?: string } = Object(error)
    if (CERTIFICATE.test(code))
        return known("STORE_UNTRUSTED", `the certificate of the PostgreSQL server: ${code}`, error)
    if (NO_TLS.test(message)) return known("STORE_UNTRUSTED", "the PostgreSQL server offers no TLS", error)
    if (message === POOL_BUSY) return known("STORE_BUSY", "all connections to PostgreSQL are in use", error)
    return known("STORE_UNREACHABLE", `no connection to PostgreSQL: ${code || message}`, error)
}

function ofServer(error: pg.DatabaseError): AirpinError {
    const { code = "", message } = error
    const meaning = meanings[code] ?? meanings[code.slice(0, 2)]
    return meaning ? known(...meaning, error) : known("STORE_FAILED", `PostgreSQL failed: ${message} (${code})`, error)
}

function known(code: ErrorCode, message: string, cause: unknown): AirpinError {
    return new AirpinError(code, message, { cause })
}

/** True if the transaction may succeed when it is run again at once. */
export function isRetryable(error: unknown): boolean {
    return RETRYABLE.includes(sqlStateOf(error))
}

/** SQLSTATE of an error that `postgresError` made from one of the server; "" for others. */
export function sqlStateOf(error: unknown): string {
    const cause = error instanceof AirpinError ? error.cause : undefined
    return cause instanceof pg.DatabaseError ? (cause.code ?? "") : ""
}

/** True if the connection on which it happened must not be used again. */
export function endsConnection(error: AirpinError): boolean {
    return error.code === "STORE_UNREACHABLE" || error.code === "STORE_UNTRUSTED"
}
