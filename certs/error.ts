/** What every airpin tool throws: a stable code, what happened with its values, and what to do next. */
export class AirpinError extends Error {
    override readonly name = "AirpinError"
    /** stable, UPPER_SNAKE; scripts may rely on it */
    readonly code: string
    /** what the reader can do about it; one sentence */
    readonly nextStep: string | undefined

    constructor(code: string, message: string, nextStep?: string, options?: ErrorOptions) {
        super(message, options)
        this.code = code
        this.nextStep = nextStep
    }
}
