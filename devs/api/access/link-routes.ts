/** What an admin does with links on the page; `airpin link` does the same. */
import type { FastifyInstance } from "fastify"
import type { ErrorCode } from "../../../certs/error-codes/table.ts"
import { storeErrors } from "../contract/route-errors.ts"
import { DEVICE_ID_PATTERN, objectSchema, responses, secondsSchema } from "../schemas.ts"
import type { Database } from "../store/database.ts"
import { nowSOf } from "./credentials.ts"
import { addLink, LINK_NAME_PATTERN, listLinks, revokeLink } from "./links.ts"

const DAY_S = 86_400
const MAX_DAYS = 36_500

const nullableSeconds = { ...secondsSchema, nullable: true }

const linkSchema = objectSchema({
    name: { type: "string", description: "who has it" },
    role: { type: "string", enum: ["viewer", "admin"], description: "admin: opening it logs in" },
    device: { type: "string", nullable: true, description: "id of the only device that it shows; null: every device" },
    createdAt: secondsSchema,
    expiresAt: nullableSeconds,
    revokedAt: nullableSeconds,
    once: { type: "boolean", description: "it can be opened only once" },
    openedAt: { ...nullableSeconds, description: "when it was opened, if it can be only once; Unix seconds" },
})

const listSchema = {
    summary: "The links with which people and tools read, without their tokens",
    response: responses("by name, revoked ones too", objectSchema({ links: { type: "array", items: linkSchema } })),
}

interface NewLink {
    name: string
    device?: string
    days?: number
}

const addSchema = {
    summary: "Make a link; its token is shown this once",
    body: {
        ...objectSchema(
            {
                name: { type: "string", pattern: LINK_NAME_PATTERN },
                device: { type: "string", pattern: DEVICE_ID_PATTERN },
                days: { type: "integer", minimum: 1, maximum: MAX_DAYS },
            },
            { optional: ["device", "days"] },
        ),
        additionalProperties: false,
    },
    response: responses(
        "what to give to whom it is for",
        objectSchema({
            path: { type: "string", description: "of the link, below the address of the server" },
            token: { type: "string", description: "for tools, as Authorization: Bearer" },
        }),
    ),
}

const revokeSchema = {
    summary: "Revoke a link, and what was opened with it",
    params: objectSchema({ name: { type: "string" } }),
    response: responses("revoked", objectSchema({ name: { type: "string" } })),
}

const changeErrors: ErrorCode[] = [...storeErrors, "STORE_FULL", "CROSS_SITE"]

/** `GET` and `POST /api/v1/links`, `DELETE /api/v1/links/:name`. */
export function linkRoutes(app: FastifyInstance, db: Database): void {
    const access = "admin"
    app.get("/api/v1/links", { schema: listSchema, config: { access, errors: storeErrors } }, async () => ({
        links: await listLinks(db.sql),
    }))
    app.post<{ Body: NewLink }>(
        "/api/v1/links",
        {
            schema: addSchema,
            config: {
                access,
                errors: [
                    ...changeErrors,
                    "BODY_MALFORMED",
                    "VALUE_OUT_OF_RANGE",
                    "MEDIA_TYPE_UNSUPPORTED",
                    "BODY_TOO_LARGE",
                    "LINK_EXISTS",
                    "DEVICE_UNKNOWN",
                ],
            },
        },
        async request => {
            const { name, device, days } = request.body
            const createdAt = nowSOf(request)
            const expiresAt = days === undefined ? undefined : createdAt + days * DAY_S
            const token = await addLink(db, { name, role: "viewer", device, createdAt, expiresAt })
            return { path: `v/${token}`, token }
        },
    )
    app.delete<{ Params: { name: string } }>(
        "/api/v1/links/:name",
        { schema: revokeSchema, config: { access, errors: [...changeErrors, "LINK_UNKNOWN"] } },
        async request => {
            await revokeLink(db, request.params.name, nowSOf(request))
            return { name: request.params.name }
        },
    )
}
