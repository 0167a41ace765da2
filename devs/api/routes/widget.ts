import type { FastifyInstance } from "fastify"
import { readErrors } from "../contract/route-errors.ts"
import type { Reads } from "../reads/reads.ts"
import { objectSchema } from "../schemas.ts"
import type { Reading } from "../store/records.ts"
import { isHead, sendHead } from "./head.ts"

const reading = objectSchema({
    device_id: { type: "string" },
    tvoc: { type: "number", nullable: true, description: "TVOC in ppb; null if not measured" },
    eco2: { type: "number", nullable: true, description: "CO2 in ppm; its estimate where it is not measured" },
    epoch: { type: "integer", description: "end of the interval, Unix seconds" },
    timestamp: { type: "string", description: "the same as HTTP writes it: Wed, 15 Jan 2025 12:00:00 GMT" },
    found: { type: "boolean", enum: [true] },
})
const nothing = objectSchema({ found: { type: "boolean", enum: [false] } })

const schema = {
    summary: "The latest reading, as the phone widgets of uPyCO2 read it",
    description: "A device that does not exist or has no reading is `{found: false}`, also with status 200.",
    querystring: {
        type: "object",
        properties: { deviceId: { type: "string" }, key: { type: "string", description: "token of a link" } },
    },
    response: {
        200: { description: "the reading", content: { "application/json": { schema: { anyOf: [reading, nothing] } } } },
    },
}

/**
 * `GET /dev?deviceId=`, in the form of https://github.com/lemariva/uPyCO2, gcp/app/restapi.py. A widget can send
 * neither a header nor a cookie, so the token of a link may stand in the URL.
 */
export function widgetRoute(app: FastifyInstance, reads: Reads): void {
    app.get<{ Querystring: { deviceId?: string } }>(
        "/dev",
        { schema, config: { access: "list", keyInUrl: true, errors: [...readErrors, "QUERY_MALFORMED"] } },
        async (request, reply) => {
            if (isHead(request)) return sendHead(reply)
            const { deviceId: id = "" } = request.query
            const isShown = request.reader?.device == null || request.reader.device === id
            const latest = isShown ? await reads.run("latestOf", { id }) : null
            return reply.type("application/json").send(JSON.stringify(widgetOf(id, latest)))
        },
    )
}

function widgetOf(device_id: string, latest: Reading | null) {
    if (latest === null) return { found: false }
    const { co2Ppm, eco2Ppm, tvocPpb: tvoc, time: epoch } = latest
    const timestamp = new Date(epoch * 1000).toUTCString()
    return { device_id, tvoc, eco2: co2Ppm ?? eco2Ppm, epoch, timestamp, found: true }
}
