import { type ErrorCode, errorRow } from "./error-codes/table.ts"

/** The error every airpin tool throws: a code of the table in error-codes/, the values, and the next step. */
export class AirpinError extends Error {
    override readonly name = "AirpinError"
    /** stable, UPPER_SNAKE; scripts may rely on it */
    readonly code: ErrorCode
    /** what the reader can do about it: an imperative */
    readonly nextStep: string

    /** @param nextStep default: the one of the table */
    constructor(code: ErrorCode, message: string, nextStep: string = errorRow(code).next, options?: ErrorOptions) {
        super(message, options)
        this.code = code
        this.nextStep = nextStep
    }
}
