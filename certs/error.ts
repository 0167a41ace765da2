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
