import { UplinkState } from "../wire"

/** Why a post failed. */
export class UplinkError extends Error {
    /** @param reason for the log, without spaces */
    constructor(
        readonly state: UplinkState,
        readonly reason: string,
    ) {
        super(`${state} ${reason}`)
    }
}
