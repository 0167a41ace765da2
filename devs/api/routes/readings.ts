import type { FastifyInstance } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import { quantities } from "../../../src/wire.ts"
import { DEVICE_ID_PATTERN } from "../device-registry.ts"
import { errorSchema } from "../error-replies.ts"
import { describeQuantity } from "../quantities.ts"
import type { Device, TimeRange, Store } from "../store/store.ts"
import { lastSeconds, type TimeRangeQuery, timeRangeOf, timeRangeSchema } from "../time-range.ts"

/** Rows in one answer: a week of minutes, about 1 MB of JSON. */
const MAX_ROWS = 10_000

/** One day: what `readings` shows when no `from` is given. */
const WINDOW_S = 86_400

/** 366 days: one mean over a year. */
const MAX_STEP_S = 31_622_400

const valueSchemas = Object.fromEntries(
    quantities.map(({ name }) => [name, { type: "number", nullable: true, description: describeQuantity(name) }]),
)

/** JSON schema of a point in time. */
export const seconds = { type: "integer", description: "Unix seconds" }

/** JSON schema of a reading, name by name. */
export const readingProperties = {
    time: { type: "integer", description: "end of the interval, Unix seconds" },
    boot: { type: "string" },
    seq: { type: "integer" },
    ...valueSchemas,
}

/** Path parameter of every route below one device. */
export const deviceParams = {
    type: "object",
    properties: { id: { type: "string", pattern: DEVICE_ID_PATTERN } },
}

/** @throws AirpinError DEVICE_UNKNOWN */
export function knownDevice(store: Store, id: string): Device {
    const device = store.device(id)
    if (device === undefined) throw new AirpinError("DEVICE_UNKNOWN", `there is no device ${id}`)
    return device
}

interface ReadingsQuery extends TimeRangeQuery {
    step?: string
    after?: string
}

const readingsSchema = {
    summary: "Readings of a device in the order of time, or their means",
    description: `Both ends are inside; without \`from\` the last 24 hours. At most ${MAX_ROWS} rows: \`next\` is the \`after\` of the next page.`,
    params: deviceParams,
    querystring: {
        type: "object",
        additionalProperties: false,
        properties: {
            ...timeRangeSchema,
            step: {
                type: "string",
                description: "seconds per row: means of the readings which ended in the step up to `time`",
            },
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

/** `GET /api/v1/devices/:id/readings`. */
export function readingsRoute(app: FastifyInstance, store: Store): void {
    app.get<{ Params: { id: string }; Querystring: ReadingsQuery }>(
        "/api/v1/devices/:id/readings",
        { schema: readingsSchema },
        async request => {
            const { id } = knownDevice(store, request.params.id)
            const { step, after } = request.query
            const range = timeRangeOf(request.query, lastSeconds(WINDOW_S, Math.floor(request.nowMs / 1000)))
            const page =
                step === undefined ? store.readings(id, range, MAX_ROWS, after) : meansPage(store, id, range, step)
            return { device: id, ...range, ...page }
        },
    )
}

function meansPage(store: Store, id: string, range: TimeRange, stepText: string) {
    const step = stepOf(stepText)
    const rows = Math.floor((range.to - range.from) / step) + 2
    if (rows <= MAX_ROWS) return { readings: store.means(id, range, step), next: null }
    throw new AirpinError(
        "RANGE_TOO_LONG",
        `the range may hold ${rows} means of ${step} s, more than ${MAX_ROWS}`,
        "ask for a longer step or a shorter range",
    )
}

function stepOf(text: string): number {
    const step = /^\d{1,8}$/.test(text) ? Number(text) : 0
    if (step >= 1 && step <= MAX_STEP_S) return step
    throw new AirpinError("STEP_INVALID", `step is ${JSON.stringify(text)}: must be 1 to ${MAX_STEP_S} whole seconds`)
}

/** Schemas of an answer and of errors. */
export function responses(description: string, answer: object) {
    return { 200: { description, ...answer }, "4xx": errorSchema, "5xx": errorSchema }
}
