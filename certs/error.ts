import { type ErrorCode, errorRow } from "./error-codes/table.ts"

/** The error every airpin tool throws: a code of the table in error-codes/, the values, and the next step. */
export class AirpinError extends Error {
    override readonly name = "AirpinError"
    /** stable, UPPER_SNAKE; scripts may rely on it */
    readonly code: ErrorCode
    /** what the reader can do about it: an imperative */
    readonly nextStep: string

    /**
     * @param message what is wrong, with its values
     * @param nextStep only if it contains values, or if the next step of the table does not fit this case
     */
    constructor(code: ErrorCode, message: string, nextStep?: string | ErrorOptions, options?: ErrorOptions) {
        super(message, typeof nextStep === "object" ? nextStep : options)
        this.code = code
        this.nextStep = typeof nextStep === "string" ? nextStep : errorRow(code).next
    }
}

/** What the error codes of Node.js's system calls mean for the user of a command line. */
const SYSTEM_ERRORS: Record<string, ErrorCode> = {
    ENOSPC: "DISK_FULL",
    EDQUOT: "DISK_FULL",
    EACCES: "PATH_FORBIDDEN",
    EPERM: "PATH_FORBIDDEN",
    EROFS: "PATH_FORBIDDEN",
    ENOENT: "PATH_UNSUITABLE",
    EISDIR: "PATH_UNSUITABLE",
    ENOTDIR: "PATH_UNSUITABLE",
    EEXIST: "PATH_UNSUITABLE",
    ENOTEMPTY: "PATH_UNSUITABLE",
    ELOOP: "PATH_UNSUITABLE",
    ENAMETOOLONG: "PATH_UNSUITABLE",
}

/** Any error as one of the table: a failed system call as what it means, another one as INTERNAL. */
export function asAirpinError(error: unknown): AirpinError {
    if (error instanceof AirpinError) return error
    const { code = "", syscall, message = String(error) }: Partial<NodeJS.ErrnoException> = Object(error)
    if (syscall !== undefined) return new AirpinError(SYSTEM_ERRORS[code] ?? "SYSTEM_FAILED", message, { cause: error })
    const nextStep = "run it again with AIRPIN_TRACE=1 in the environment, and report what it prints"
    return new AirpinError("INTERNAL", message, nextStep, { cause: error })
}
