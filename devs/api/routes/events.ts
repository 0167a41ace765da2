import type { FastifyInstance } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import type { ErrorCode } from "../../../certs/error-codes/table.ts"
import { deviceErrors, timeRangeErrors } from "../contract/route-errors.ts"
import { gapCauses } from "../insights/records.ts"
import type { Reads } from "../reads/reads.ts"
import { deviceParams, objectSchema, responses, secondsSchema } from "../schemas.ts"
import { lastSeconds, type TimeRangeQuery, timeRangeOf, timeRangeSchema } from "../time-range.ts"
import { isHead, sendHeadOfDevice } from "./head.ts"
import { lessonFigures } from "./lesson-figures.ts"

/** One day: the range when no `from` is given. */
const WINDOW_S = 86_400
/** A leap year and a day, so that a year by local dates fits. */
const MAX_RANGE_S = 367 * 86_400

const ppm = { type: "integer", description: "ppm" }
/** Ranges of more than 35 days do not have them. */
const detail = (description: string, properties: Record<string, object>) => ({
    ...list(`${description}; null for ranges of more than 35 days`, properties),
    nullable: true,
})
const list = (description: string, properties: Record<string, object>) => ({
    type: "array",
    description,
    items: objectSchema(properties),
})

const body = objectSchema({
    device: { type: "string" },
    from: secondsSchema,
    to: secondsSchema,
    airings: detail("steep falls of CO2", { from: secondsSchema, to: secondsSchema, fromPpm: ppm, toPpm: ppm }),
    restarts: detail("starts of the device, the newest 500", {
        at: { ...secondsSchema, description: "end of its first reading, Unix seconds" },
        reason: {
            type: "string",
            nullable: true,
            description: "power: power-on or reset; null: only that of the latest start is known",
        },
    }),
    gaps: detail("times without CO2 of 5 minutes and three intervals at least", {
        from: secondsSchema,
        to: { type: "integer", nullable: true, description: "Unix seconds; null: it goes on" },
        cause: {
            type: "string",
            enum: gapCauses,
            description:
                "off: without power, or just started; lost: measured, but not kept; sensor: readings without CO2; silent: nothing has arrived since",
        },
    }),
    calibrations: list("the latest recalibration that was asked for through this server, if it is in the range", {
        at: secondsSchema,
        ppm: { type: "integer", nullable: true, description: "the CO2 that the device was told, ppm" },
        changePpm: { type: "number", nullable: true, description: "correction by the sensor, ppm" },
    }),
    lessons: objectSchema({
        ...lessonFigures,
        estimated: { type: "boolean", description: "the values are eCO2" },
    }),
})

const schema = {
    summary: "What happened in a room: airings, starts, gaps with their causes, and the air in lessons",
    description:
        "Both ends belong to the range, of a year at most; without `from` the last 24 hours. Starts and gaps are known as long as the readings are kept.",
    params: deviceParams,
    querystring: { type: "object", additionalProperties: false, properties: timeRangeSchema },
    response: responses("each list in the order of time", body),
}

const errors: ErrorCode[] = [...deviceErrors, ...timeRangeErrors, "RANGE_TOO_LONG"]

/** `GET /api/v1/devices/:id/events`. */
export function eventsRoute(app: FastifyInstance, reads: Reads): void {
    app.get<{ Params: { id: string }; Querystring: TimeRangeQuery }>(
        "/api/v1/devices/:id/events",
        { schema, config: { access: "one", errors } },
        async (request, reply) => {
            const { id } = request.params
            const nowS = Math.floor(request.nowMs / 1000)
            const range = timeRangeOf(request.query, lastSeconds(WINDOW_S, nowS))
            if (range.to - range.from > MAX_RANGE_S)
                throw new AirpinError(
                    "RANGE_TOO_LONG",
                    `${range.to - range.from} s are more than a year`,
                    "ask for a year at most",
                )
            if (isHead(request)) return await sendHeadOfDevice(reads, id, reply)
            return { device: id, ...range, ...(await reads.run("roomEvents", { id, range, nowS })) }
        },
    )
}
