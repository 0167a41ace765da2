/** The OpenAPI document: what each route declares as its schema, with the errors of its `config`. */
import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger"
import type { ErrorCode } from "../../../certs/error-codes/table.ts"
import { PROBLEM_TYPE } from "./problem.ts"
import { byStatus, declaredErrors } from "./route-errors.ts"

const info = {
    title: "airpin",
    version: "1",
    description:
        "Readings of air-quality devices. Times in JSON are Unix seconds. A member of a response that is not required may be absent; later versions add members.",
}

export const documentOptions: FastifyDynamicSwaggerOptions = {
    openapi: {
        openapi: "3.1.0",
        info,
        components: {
            securitySchemes: {
                token: { type: "http", scheme: "bearer", description: "of a device: airpin device add" },
                link: {
                    type: "http",
                    scheme: "bearer",
                    description: "of a link: airpin link add; the page sends a cookie in its place",
                },
            },
        },
    },
    refResolver: { buildLocalReference: (schema, _base, _fragment, index) => `${schema["$id"] ?? `schema-${index}`}` },
    transform: ({ schema, url, route }) => {
        const { response, ...rest } = schema
        const errors = problemResponses(declaredErrors(route.config))
        const { access = "all" } = route.config ?? {}
        const security = access === "everyone" || access === "device" ? {} : { security: [{ link: [] }] }
        return { url, schema: { ...rest, ...security, response: { ...Object(response), ...errors } } }
    },
}

function problemResponses(codes: ErrorCode[]): Record<string, object> {
    return Object.fromEntries([...byStatus(codes)].map(([status, ofStatus]) => [status, problemResponse(ofStatus)]))
}

function problemResponse(codes: ErrorCode[]): object {
    const schema = {
        type: "object",
        allOf: [{ $ref: "Problem#" }],
        required: ["code"],
        properties: { code: { type: "string", enum: codes } },
    }
    return { description: codes.join(", "), content: { [PROBLEM_TYPE]: { schema } } }
}
