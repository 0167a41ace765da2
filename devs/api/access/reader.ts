/** Who reads, and which route shows what to whom. */
import type { FastifyRequest } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import type { ErrorCode } from "../../../certs/error-codes/table.ts"

/** Who asks for readings. */
export interface Reader {
    /** anonymous only if the server is public */
    role: "anonymous" | "viewer" | "admin"
    /** name of the admin or of the link; "" if anonymous */
    name: string
    /** id of the only device that the link shows; null: every device */
    device: string | null
}

/**
 * Who may use a route:
 * - `everyone`: it shows no readings
 * - `device`: it checks the token of a device itself
 * - `one`: readers of the device whose id is the path parameter `id`
 * - `list`: every reader; the route shows only what `request.reader.device` allows
 * - `all`: readers of every device
 * - `admin`: admins
 */
export type RouteAccess = "everyone" | "device" | "one" | "list" | "all" | "admin"

const readErrors: ErrorCode[] = ["NOT_LOGGED_IN", "TOKEN_UNKNOWN", "LINK_INVALID", "RATE_LIMIT"]

/** Codes with which a route may refuse a request, besides those that the route itself names. */
export const errorsOfAccess: Record<RouteAccess, ErrorCode[]> = {
    everyone: ["RATE_LIMIT"],
    device: ["RATE_LIMIT"],
    one: [...readErrors, "DEVICE_UNKNOWN"],
    list: readErrors,
    all: [...readErrors, "DEVICE_LINK_ONLY"],
    admin: [...readErrors, "ADMIN_ONLY"],
}

declare module "fastify" {
    interface FastifyContextConfig {
        /** who may use the route; `all` when absent */
        access?: RouteAccess
        /** it is a page for people: who is not logged in is sent to the log-in page */
        page?: boolean
        /** the token of a link may stand in the URL, as `key`: for programs that can send neither a header nor a cookie */
        keyInUrl?: boolean
    }
    interface FastifyRequest {
        /** null for a route that everyone or only a device may use */
        reader: Reader | null
    }
}

/**
 * Refuses a device that the reader's link does not show. There is no difference to a device that does not exist, so
 * that a link does not show which there are.
 *
 * @throws AirpinError DEVICE_UNKNOWN
 */
export function requireDevice({ reader }: Pick<FastifyRequest, "reader">, id: string): void {
    if (reader?.device != null && reader.device !== id)
        throw new AirpinError("DEVICE_UNKNOWN", `there is no device ${id}`)
}

/** @throws AirpinError ADMIN_ONLY, DEVICE_LINK_ONLY */
export function requireAccess(reader: Reader, access: RouteAccess): void {
    if (access === "admin" && reader.role !== "admin")
        throw new AirpinError("ADMIN_ONLY", "only an admin may do this, and a link is none")
    if (access === "all" && reader.device !== null)
        throw new AirpinError("DEVICE_LINK_ONLY", `this link shows only the device ${reader.device}`)
}
