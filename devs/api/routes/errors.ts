import type { FastifyInstance } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import { errorRow, isErrorCode } from "../../../certs/error-codes/table.ts"
import { objectSchema, responses } from "../schemas.ts"

const schema = {
    summary: "What an error code means, and what to do about it",
    params: objectSchema({ code: { type: "string" } }),
    response: responses(
        "as `airpin errors CODE` shows it",
        objectSchema({
            code: { type: "string" },
            status: { type: "integer", description: "HTTP status of the responses that have it" },
            title: { type: "string" },
            next: { type: "string", description: "what the reader can do about it" },
        }),
    ),
}

/** `GET /errors/:code`, where the `type` of a problem points. */
export function errorRoute(app: FastifyInstance): void {
    app.get<{ Params: { code: string } }>(
        "/errors/:code",
        { schema, config: { access: "everyone", errors: ["QUERY_MALFORMED", "ERROR_CODE_UNKNOWN"] } },
        async ({ params: { code } }) => {
            const row = isErrorCode(code) ? errorRow(code) : undefined
            if (row?.http === undefined)
                throw new AirpinError("ERROR_CODE_UNKNOWN", "no response of this server has this error code")
            return { code, status: row.http, title: row.what, next: row.next }
        },
    )
}
