/** What an admin does with devices and their tokens on the page; `airpin device` does the same. */
import type { FastifyContextConfig, FastifyInstance } from "fastify"
import type { ErrorCode } from "../../../certs/error-codes/table.ts"
import { nowSOf } from "../access/credentials.ts"
import { storeErrors } from "../contract/route-errors.ts"
import { addDevice, DEVICE_NAME_PATTERN, idOrName, renameDevice, rotateToken } from "../device-registry.ts"
import { deviceParams, objectSchema, responses } from "../schemas.ts"
import type { Database } from "../store/database.ts"
import { revokeDevice } from "../store/devices.ts"

export const changeErrors: ErrorCode[] = [...storeErrors, "CROSS_SITE"]
export const bodyErrors: ErrorCode[] = ["BODY_MALFORMED", "MEDIA_TYPE_UNSUPPORTED", "BODY_TOO_LARGE"]

/** Of changes of one device. */
export const deviceChangeErrors: ErrorCode[] = [...changeErrors, "QUERY_MALFORMED", "DEVICE_UNKNOWN"]

const id = { type: "string" }
const token = { type: "string", description: "32 characters of base64url; it cannot be asked for again" }

const nameBody = {
    ...objectSchema({ name: { type: "string", pattern: DEVICE_NAME_PATTERN } }),
    additionalProperties: false,
}

/** `POST /api/v1/devices`, `PATCH /api/v1/devices/:id`, `POST` and `DELETE /api/v1/devices/:id/token`. */
export function deviceChangeRoutes(app: FastifyInstance, db: Database): void {
    const config = (errors: ErrorCode[]): FastifyContextConfig => ({ access: "admin", errors })
    const addSchema = {
        summary: "Add a device; its token is shown this once",
        body: nameBody,
        response: responses(
            "`id` is the name where that is a valid id, and random otherwise",
            objectSchema({ id, token }),
        ),
    }
    app.post<{ Body: { name: string } }>(
        "/api/v1/devices",
        { schema: addSchema, config: config([...changeErrors, ...bodyErrors, "DEVICE_EXISTS"]) },
        async request => {
            const added = await addDevice(db, { ...idOrName(request.body.name), createdAt: nowSOf(request) })
            return { id: added.device.id, token: added.token }
        },
    )

    const renameSchema = {
        summary: "Give a device another name; its id stays",
        params: deviceParams,
        body: nameBody,
        response: responses("renamed", objectSchema({ id, name: { type: "string" } })),
    }
    app.patch<{ Params: { id: string }; Body: { name: string } }>(
        "/api/v1/devices/:id",
        { schema: renameSchema, config: config([...deviceChangeErrors, ...bodyErrors]) },
        async ({ params, body: { name } }) => {
            await renameDevice(db, params.id, name)
            return { id: params.id, name }
        },
    )

    const rotateSchema = {
        summary: "Give a device a new token, shown this once, and refuse the old one",
        params: deviceParams,
        response: responses("a revoked device may post again", objectSchema({ id, token })),
    }
    const revokeSchema = {
        summary: "Refuse the token of a device from now on; its readings stay",
        params: deviceParams,
        response: responses("revoked", objectSchema({ id })),
    }
    const url = "/api/v1/devices/:id/token"
    app.post<{ Params: { id: string } }>(
        url,
        { schema: rotateSchema, config: config(deviceChangeErrors) },
        async ({ params }) => ({ id: params.id, token: await rotateToken(db, params.id) }),
    )
    app.delete<{ Params: { id: string } }>(
        url,
        { schema: revokeSchema, config: config(deviceChangeErrors) },
        async request => {
            await revokeDevice(db, request.params.id, nowSOf(request))
            return { id: request.params.id }
        },
    )
}
