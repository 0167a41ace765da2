/** How things stand between the device and its server; as in the log and on the panel. */
export type UplinkState =
    | "idle"
    | "connecting"
    | "sending"
    | "ok"
    | "no-network"
    | "no-connection"
    | "refused"
    | "unauthorised"
    | "busy"
    | "broken"
    | "rejected"
    | "unconfigured"

/** Reason of a connection that neither came about nor failed. */
export const SILENT = "silent"

/** Why a post came to nothing. */
export class Trouble extends Error {
    /** @param reason one word for the log, without spaces */
    constructor(
        readonly state: UplinkState,
        readonly reason: string,
    ) {
        super(`${state} ${reason}`)
    }
}
