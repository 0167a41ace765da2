import type { FastifyInstance } from "fastify"
import { settingsProperties } from "../desired-settings.ts"
import { shownStatusProperties } from "../status.ts"
import type { Device, Store } from "../store/store.ts"
import { deviceParams, knownDevice, readingProperties, responses, seconds } from "./readings.ts"

const latest = {
    type: "object",
    nullable: true,
    properties: { ...readingProperties, age: { type: "integer", description: "seconds from then to now" } },
}

const status = {
    type: "object",
    nullable: true,
    description: "what the newest post with a status told; a count that is not there is 0",
    properties: {
        at: { ...seconds, description: "when it came" },
        age: { type: "integer", description: "seconds from then to now" },
        unread: {
            type: "array",
            items: { type: "string" },
            description: "parts left out because this server does not know them",
        },
        ...shownStatusProperties,
    },
}

const settings = {
    type: "object",
    nullable: true,
    description: "what was asked for by `airpin device set`; pending until `applied` has its revision",
    properties: {
        revision: { type: "integer" },
        setAt: seconds,
        desired: { type: "object", properties: settingsProperties },
        applied: {
            type: "object",
            nullable: true,
            description: "the device's newest receipt",
            properties: {
                revision: { type: "integer" },
                at: seconds,
                refused: { type: "array", items: { type: "string" } },
            },
        },
    },
}

const lost = { type: "integer", description: "readings the device dropped before it could send them" }

const device = {
    type: "object",
    properties: {
        id: { type: "string" },
        name: { type: "string" },
        createdAt: seconds,
        revokedAt: { ...seconds, nullable: true },
        lastSeenAt: { ...seconds, nullable: true },
        lost,
        rejected: { type: "integer", description: "of those: not taken by this server" },
        undated: { type: "integer", description: "of those: without a time that anyone can tell" },
        damaged: { type: "integer", description: "of those: damaged in flash" },
        gap: { type: "integer", description: "steps without a reading around power cuts" },
        timeUncertaintyS: { type: "integer", description: "seconds by which times may be off, at most" },
        latest,
        status,
        boots: { type: "integer", description: "boots of which readings came" },
        starts: {
            type: "object",
            description:
                "starts that it told of, by reason: uptime, stalled, settings; power: switched on or reset; unknown: not to be read",
            additionalProperties: { type: "integer" },
        },
        settings,
    },
}

/** `GET /api/v1/devices`, `…/:id` and `…/:id/latest`. */
export function deviceRoutes(app: FastifyInstance, store: Store): void {
    devicesRoute(app, store)
    deviceRoute(app, store)
    latestRoute(app, store)
}

function devicesRoute(app: FastifyInstance, store: Store): void {
    const answer = { type: "object", properties: { now: seconds, devices: { type: "array", items: device } } }
    const schema = {
        summary: "Every device with its latest reading and how it is",
        response: responses("by id; `latest` is null before the first", answer),
    }
    app.get("/api/v1/devices", { schema }, async request => {
        const now = Math.floor(request.nowMs / 1000)
        return { now, devices: store.devices().map(one => deviceView(store, one, now)) }
    })
}

function deviceRoute(app: FastifyInstance, store: Store): void {
    const schema = {
        summary: "A device with its latest reading and how it is",
        params: deviceParams,
        response: responses("as in the list of all", { type: "object", properties: { now: seconds, device } }),
    }
    app.get<{ Params: { id: string } }>("/api/v1/devices/:id", { schema }, async request => {
        const now = Math.floor(request.nowMs / 1000)
        return { now, device: deviceView(store, knownDevice(store, request.params.id), now) }
    })
}

function latestRoute(app: FastifyInstance, store: Store): void {
    const properties = { device: { type: "string" }, lost, latest }
    const schema = {
        summary: "The latest reading of a device",
        params: deviceParams,
        response: responses("`latest` is null before the first", { type: "object", properties }),
    }
    app.get<{ Params: { id: string } }>("/api/v1/devices/:id/latest", { schema }, async request => {
        const { id, lost } = knownDevice(store, request.params.id)
        return { device: id, lost, latest: latestOf(store, id, Math.floor(request.nowMs / 1000)) }
    })
}

function deviceView(store: Store, device: Device, now: number) {
    const { status, ...condition } = store.deviceState(device.id)
    return {
        ...device,
        latest: latestOf(store, device.id, now),
        status: status && { ...status, age: now - status.at },
        ...condition,
    }
}

function latestOf(store: Store, id: string, now: number) {
    const reading = store.latest(id)
    return reading === undefined ? null : { ...reading, age: now - reading.time }
}
