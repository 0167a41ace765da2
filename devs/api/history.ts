import type { FastifyInstance } from "fastify"
import { AirpinError } from "../../certs/error.ts"
import { quantities } from "../../src/reading.ts"
import { errorSchema } from "./answers.ts"
import { DEVICE_ID_PATTERN } from "./devices.ts"
import { lastSeconds, spanOf, spanSchema, type SpanQuery } from "./span.ts"
import type { Device, Span, Store } from "./store.ts"
import { describeQuantity } from "./values.ts"

/** Rows in one answer: a week of minutes, about 1 MB of JSON. */
const ROWS_MAX = 10_000

/** One day: what `readings` shows when no `from` is given. */
const WINDOW_S = 86_400

/** 366 days: one mean over a year. */
const STEP_MAX_S = 31_622_400

const valueSchemas = Object.fromEntries(
    quantities.map(({ name }) => [name, { type: "number", nullable: true, description: describeQuantity(name) }])
)

const seconds = { type: "integer", description: "Unix seconds" }

const readingProperties = {
    time: { type: "integer", description: "end of the interval, Unix seconds" },
    boot: { type: "string" },
    seq: { type: "integer" },
    ...valueSchemas,
}

const latestProperties = { ...readingProperties, age: { type: "integer", description: "seconds from then to now" } }

const deviceProperties = {
    id: { type: "string" },
    name: { type: "string" },
    createdAt: seconds,
    revokedAt: { ...seconds, nullable: true },
    lastSeenAt: { ...seconds, nullable: true },
    lost: { type: "integer", description: "readings the device dropped before it could send them" },
    rejected: { type: "integer", description: "of those: not taken by this server" },
    timeless: { type: "integer", description: "of those: without a time that anyone can tell" },
    damaged: { type: "integer", description: "of those: damaged in flash" },
    gap: { type: "integer", description: "steps without a reading around power cuts" },
    within: { type: "integer", description: "seconds by which times may be off, at most" },
}

/** Path parameter of every route below one device. */
export const deviceParams = {
    type: "object",
    properties: { id: { type: "string", pattern: DEVICE_ID_PATTERN } },
}

/** `GET /api/v1/devices`, `…/:id/latest` and `…/:id/readings`. */
export function historyRoutes(app: FastifyInstance, store: Store): void {
    devicesRoute(app, store)
    latestRoute(app, store)
    readingsRoute(app, store)
}

/** @throws AirpinError DEVICE_UNKNOWN */
export function knownDevice(store: Store, id: string): Device {
    const device = store.device(id)
    if (device === undefined) throw new AirpinError("DEVICE_UNKNOWN", `there is no device ${id}`)
    return device
}

function devicesRoute(app: FastifyInstance, store: Store): void {
    const latest = { type: "object", nullable: true, properties: latestProperties }
    const device = { type: "object", properties: { ...deviceProperties, latest } }
    const answer = { type: "object", properties: { now: seconds, devices: { type: "array", items: device } } }
    const schema = { summary: "Every device with its latest reading", response: responses("by id; `latest` is null before the first", answer) }
    app.get("/api/v1/devices", { schema }, async request => {
        const now = Math.floor(request.nowMs / 1000)
        const devices = store.devices().map(one => ({ ...one, latest: latestOf(store, one.id, now) }))
        return { now, devices }
    })
}

function latestRoute(app: FastifyInstance, store: Store): void {
    const properties = { device: { type: "string" }, lost: deviceProperties.lost, latest: { type: "object", nullable: true, properties: latestProperties } }
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

function latestOf(store: Store, id: string, now: number) {
    const reading = store.latest(id)
    return reading === undefined ? null : { ...reading, age: now - reading.time }
}

interface ReadingsQuery extends SpanQuery {
    step?: string
    after?: string
}

const readingsSchema = {
    summary: "Readings of a device in the order of time, or their means",
    description: `Both ends are inside; without \`from\` the last 24 hours. At most ${ROWS_MAX} rows: \`next\` is the \`after\` of the next page.`,
    params: deviceParams,
    querystring: {
        type: "object",
        additionalProperties: false,
        properties: {
            ...spanSchema,
            step: { type: "string", description: "seconds per row: means of the readings which ended in the step up to `time`" },
            after: { type: "string", description: "`next` of the page before; not together with step" },
        },
    },
    response: responses("rows have boot and seq, or with `step` the count of readings in the mean", {
        type: "object",
        properties: {
            device: { type: "string" },
            from: seconds,
            to: seconds,
            readings: {
                type: "array",
                items: { type: "object", properties: { ...readingProperties, count: { type: "integer" } } },
            },
            next: { type: "string", nullable: true },
        },
    }),
}

function readingsRoute(app: FastifyInstance, store: Store): void {
    app.get<{ Params: { id: string }; Querystring: ReadingsQuery }>(
        "/api/v1/devices/:id/readings",
        { schema: readingsSchema },
        async request => {
            const { id } = knownDevice(store, request.params.id)
            const { step, after } = request.query
            const span = spanOf(request.query, lastSeconds(WINDOW_S, Math.floor(request.nowMs / 1000)))
            const page = step === undefined ? store.readings(id, span, ROWS_MAX, after) : meansPage(store, id, span, step)
            return { device: id, ...span, ...page }
        }
    )
}

function meansPage(store: Store, id: string, span: Span, stepText: string) {
    const step = stepOf(stepText)
    const rows = Math.floor((span.to - span.from) / step) + 2
    if (rows <= ROWS_MAX) return { readings: store.means(id, span, step), next: null }
    throw new AirpinError("RANGE_TOO_LONG", `the range may hold ${rows} means of ${step} s, more than ${ROWS_MAX}`, "ask for a longer step or a shorter range")
}

function stepOf(text: string): number {
    const step = /^\d{1,8}$/.test(text) ? Number(text) : 0
    if (step >= 1 && step <= STEP_MAX_S) return step
    throw new AirpinError("STEP_INVALID", `step is ${JSON.stringify(text)}: must be 1 to ${STEP_MAX_S} whole seconds`)
}

function responses(description: string, answer: object) {
    return { 200: { description, ...answer }, "4xx": errorSchema, "5xx": errorSchema }
}
