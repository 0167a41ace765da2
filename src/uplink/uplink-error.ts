import { UplinkState } from "../wire"

/** Reason for a connection attempt that neither succeeded nor failed within its timeout. */
export const SILENT = "silent"

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
