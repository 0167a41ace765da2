import type { FastifyInstance, FastifyRequest } from "fastify"
import { readErrors } from "../contract/route-errors.ts"
import type { Reads } from "../reads/reads.ts"
import { objectSchema, responses, secondsSchema } from "../schemas.ts"
import type { Wall } from "../wall/wall-room.ts"
import { isHead, sendHead } from "./head.ts"

const body = objectSchema({
    now: secondsSchema,
    site: objectSchema({
        name: { type: "string" },
        timeZone: { type: "string", description: "IANA name" },
    }),
    rooms: { type: "array", items: { $ref: "WallRoom#" } },
})

const schema = {
    summary: "Every room with what a person needs to see of it: air, trend, since when it is bad",
    response: responses("sorted by id, without revoked devices", body),
}

/** `GET /api/v1/wall`. */
export function wallRoute(app: FastifyInstance, reads: Reads): void {
    app.get("/api/v1/wall", { schema, config: { access: "list", errors: readErrors } }, async (request, reply) => {
        if (isHead(request)) return sendHead(reply)
        return await wallState(reads, request)
    })
}

/**
 * The wall as the reader of the request may see it, for the API and for the page that the server renders.
 *
 * @throws AirpinError READS_BUSY
 */
export function wallState(reads: Reads, { reader, nowMs }: Pick<FastifyRequest, "reader" | "nowMs">): Promise<Wall> {
    return reads.run("wall", { id: reader?.device ?? null, nowS: Math.floor(nowMs / 1000) })
}
