import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from "fastify"
import { deviceErrors, readErrors } from "../contract/route-errors.ts"
import { latestSchema } from "../contract/shapes.ts"
import type { Reads } from "../reads/reads.ts"
import { deviceParams, lossProperties, objectSchema, responses, secondsSchema } from "../schemas.ts"
import { isHead, sendHead, sendHeadOfDevice } from "./head.ts"

/** Of the routes below one device. */
const config = { access: "one", errors: deviceErrors } satisfies FastifyContextConfig

/** `GET /api/v1/devices`, `…/:id` and `…/:id/latest`. */
export function deviceRoutes(app: FastifyInstance, reads: Reads): void {
    listRoute(app, reads)
    deviceRoute(app, reads)
    latestRoute(app, reads)
}

function listRoute(app: FastifyInstance, reads: Reads): void {
    const body = objectSchema({ now: secondsSchema, devices: { type: "array", items: { $ref: "Device#" } } })
    const schema = {
        summary: "Every device with its latest reading, status and settings",
        response: responses("sorted by id; `latest` is null before the first reading", body),
    }
    app.get("/api/v1/devices", { schema, config: { access: "list", errors: readErrors } }, async (request, reply) => {
        if (isHead(request)) return sendHead(reply)
        const now = nowOf(request)
        const id = request.reader?.device
        if (id != null) return { now, devices: [await reads.run("device", { id, nowS: now })] }
        return { now, devices: await reads.run("devices", { nowS: now }) }
    })
}

function deviceRoute(app: FastifyInstance, reads: Reads): void {
    const schema = {
        summary: "One device with its latest reading, status and settings",
        params: deviceParams,
        response: responses(
            "as in the list of all devices",
            objectSchema({ now: secondsSchema, device: { $ref: "Device#" } }),
        ),
    }
    app.get<{ Params: { id: string } }>("/api/v1/devices/:id", { schema, config }, async (request, reply) => {
        const { id } = request.params
        if (isHead(request)) return await sendHeadOfDevice(reads, id, reply)
        const now = nowOf(request)
        return { now, device: await reads.run("device", { id, nowS: now }) }
    })
}

function latestRoute(app: FastifyInstance, reads: Reads): void {
    const body = objectSchema({ device: { type: "string" }, lost: lossProperties.lost, latest: latestSchema })
    const schema = {
        summary: "The latest reading of a device",
        params: deviceParams,
        response: responses("`latest` is null before the first reading", body),
    }
    app.get<{ Params: { id: string } }>("/api/v1/devices/:id/latest", { schema, config }, async (request, reply) => {
        const { id } = request.params
        if (isHead(request)) return await sendHeadOfDevice(reads, id, reply)
        return await reads.run("latest", { id, nowS: nowOf(request) })
    })
}

function nowOf({ nowMs }: FastifyRequest): number {
    return Math.floor(nowMs / 1000)
}
