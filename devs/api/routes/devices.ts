import type { FastifyInstance, FastifyRequest } from "fastify"
import { settingsProperties } from "../desired-settings.ts"
import { LOWEST_CO2_DAYS } from "../reads/queries.ts"
import type { Reads } from "../reads/reads.ts"
import {
    countSchema,
    deviceParams,
    lossProperties,
    readingProperties,
    responses,
    restartReasonsText,
    secondsSchema,
} from "../schemas.ts"
import { shownStatusProperties } from "../status.ts"
import { isHead, sendHead, sendHeadOfDevice } from "./head.ts"

const latest = {
    type: "object",
    nullable: true,
    properties: { ...readingProperties, age: { type: "integer", description: "seconds since then" } },
}

const status = {
    type: "object",
    nullable: true,
    description: "the last reported status; an absent count is 0",
    properties: {
        at: { ...secondsSchema, description: "when it was received, Unix seconds" },
        age: { type: "integer", description: "seconds since then" },
        unread: {
            type: "array",
            items: { type: "string" },
            description: "parts that were left out because this server does not understand them",
        },
        ...shownStatusProperties,
    },
}

const settings = {
    type: "object",
    nullable: true,
    description: "settings of `airpin device set`; pending until `applied.revision` equals `revision`",
    properties: {
        revision: { type: "integer" },
        setAt: secondsSchema,
        desired: { type: "object", properties: settingsProperties },
        applied: {
            type: "object",
            nullable: true,
            description: "the device's last report about its settings",
            properties: {
                revision: { type: "integer" },
                at: secondsSchema,
                refused: { type: "array", items: { type: "string" } },
            },
        },
    },
}

const device = {
    type: "object",
    properties: {
        id: { type: "string" },
        name: { type: "string" },
        createdAt: secondsSchema,
        revokedAt: { ...secondsSchema, nullable: true },
        lastSeenAt: { ...secondsSchema, nullable: true },
        ...lossProperties,
        gap: countSchema("intervals without a reading around power cuts"),
        latest,
        lowestCo2: {
            type: "object",
            nullable: true,
            description: `the lowest CO2 of the last ${LOWEST_CO2_DAYS} days; null if none was measured. Far from outdoor air, about 420 ppm, the sensor drifts or the room was never aired.`,
            properties: {
                ppm: { type: "number" },
                at: { ...secondsSchema, description: "end of the hour in which it was measured, Unix seconds" },
                hours: { type: "integer", description: "hours of these days in which CO2 was measured" },
            },
        },
        status,
        boots: { type: "integer", description: "number of boots of which readings are stored" },
        starts: {
            type: "object",
            description: `number of starts by restart reason: ${restartReasonsText}; power: switched on or reset; unknown: the reason could not be read`,
            additionalProperties: { type: "integer" },
        },
        settings,
    },
}

/** `GET /api/v1/devices`, `…/:id` and `…/:id/latest`. */
export function deviceRoutes(app: FastifyInstance, reads: Reads): void {
    listRoute(app, reads)
    deviceRoute(app, reads)
    latestRoute(app, reads)
}

function listRoute(app: FastifyInstance, reads: Reads): void {
    const body = { type: "object", properties: { now: secondsSchema, devices: { type: "array", items: device } } }
    const schema = {
        summary: "Every device with its latest reading, status and settings",
        response: responses("sorted by id; `latest` is null before the first reading", body),
    }
    app.get("/api/v1/devices", { schema }, async (request, reply) => {
        if (isHead(request)) return sendHead(reply)
        const now = nowOf(request)
        return { now, devices: await reads.run("devices", { nowS: now }) }
    })
}

function deviceRoute(app: FastifyInstance, reads: Reads): void {
    const schema = {
        summary: "One device with its latest reading, status and settings",
        params: deviceParams,
        response: responses("as in the list of all devices", {
            type: "object",
            properties: { now: secondsSchema, device },
        }),
    }
    app.get<{ Params: { id: string } }>("/api/v1/devices/:id", { schema }, async (request, reply) => {
        const { id } = request.params
        if (isHead(request)) return await sendHeadOfDevice(reads, id, reply)
        const now = nowOf(request)
        return { now, device: await reads.run("device", { id, nowS: now }) }
    })
}

function latestRoute(app: FastifyInstance, reads: Reads): void {
    const properties = { device: { type: "string" }, lost: lossProperties.lost, latest }
    const schema = {
        summary: "The latest reading of a device",
        params: deviceParams,
        response: responses("`latest` is null before the first reading", { type: "object", properties }),
    }
    app.get<{ Params: { id: string } }>("/api/v1/devices/:id/latest", { schema }, async (request, reply) => {
        const { id } = request.params
        if (isHead(request)) return await sendHeadOfDevice(reads, id, reply)
        return await reads.run("latest", { id, nowS: nowOf(request) })
    })
}

function nowOf({ nowMs }: FastifyRequest): number {
    return Math.floor(nowMs / 1000)
}
