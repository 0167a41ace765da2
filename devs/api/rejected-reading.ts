/** Tells a device which of its readings a batch is refused for: {@link Rejection} in `src/wire.ts`. */
import type { FastifyError } from "fastify"
import { AirpinError } from "../../certs/error.ts"
import type { ErrorCode } from "../../certs/error-codes/table.ts"
import { quantityNames } from "./store/records.ts"

/** A device reads responses of at most 224 bytes; code and number take less than 60. */
const MAX_MESSAGE_LENGTH = 150

/** A batch that is not stored because of one of its readings. */
export class ReadingRejected extends AirpinError {
    /** sequence number of the reading */
    readonly seq: number

    constructor(code: ErrorCode, seq: number, message: string) {
        super(code, message.slice(0, MAX_MESSAGE_LENGTH))
        this.seq = seq
    }
}

/**
 * The error of a batch that violates its schema: {@link ReadingRejected} if a value of one reading
 * is out of range, otherwise the error itself.
 *
 * @param body the request's body, unchecked
 */
export function rejectionOf(error: FastifyError, body: unknown): Error {
    const rule = error.validation?.[0]
    const [, column, index] = rule?.instancePath.split("/") ?? []
    const seq = isRecord(body) ? body.seq : undefined
    const isValue = (rule?.keyword === "minimum" || rule?.keyword === "maximum") && index !== undefined
    if (!isValue || !quantityNames.some(name => name === column) || !Number.isInteger(seq)) return error
    return new ReadingRejected("VALUE_OUT_OF_RANGE", Number(seq) + Number(index), error.message)
}

function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null
}
