import { UplinkState } from "../wire"

/** Reason of a connection that neither came about nor failed. */
export const SILENT = "silent"

/** Why a post came to nothing. */
export class UplinkError extends Error {
    /** @param reason one word for the log, without spaces */
    constructor(
        readonly state: UplinkState,
        readonly reason: string,
    ) {
        super(`${state} ${reason}`)
    }
}
