import type { FastifyInstance } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import type { ErrorCode } from "../../../certs/error-codes/table.ts"
import { deviceErrors, timeRangeErrors } from "../contract/route-errors.ts"
import { MAX_ROWS } from "../reads/queries.ts"
import type { Reads } from "../reads/reads.ts"
import { deviceParams, objectSchema, responses, secondsSchema } from "../schemas.ts"
import type { TimeRange } from "../store/records.ts"
import { lastSeconds, type TimeRangeQuery, timeRangeOf, timeRangeSchema } from "../time-range.ts"
import { isHead, sendHeadOfDevice } from "./head.ts"
import { stepOf } from "./step.ts"

/** One day: the range when no `from` is given. */
const WINDOW_S = 86_400

/** Steps of so many seconds, 5 minutes, are read from sums over 5 minutes or more. */
const SUMMED_STEP_S = 300

/** 35 days: means over other steps are made from every reading of the range. */
const MAX_FINE_RANGE_S = 35 * 86_400

interface ReadingsQuery extends TimeRangeQuery {
    step?: string
    after?: string
}

const readingsSchema = {
    summary: "Readings of a device in the order of time, or their means",
    description: `Both ends belong to the range; without \`from\` the last 24 hours. At most ${MAX_ROWS} rows: pass \`next\` as \`after\` for the next page.`,
    params: deviceParams,
    querystring: {
        type: "object",
        additionalProperties: false,
        properties: {
            ...timeRangeSchema,
            step: {
                type: "string",
                description:
                    "seconds per row: each row is the mean of the readings that ended in the step up to `time`; over more than 35 days a multiple of 300",
            },
            after: { type: "string", description: "`next` of the previous page; not together with step" },
        },
    },
    response: responses(
        "each row has boot and seq, or with `step` the count of readings in the mean",
        objectSchema({
            device: { type: "string" },
            from: secondsSchema,
            to: secondsSchema,
            readings: { type: "array", items: { anyOf: [{ $ref: "Reading#" }, { $ref: "MeanReading#" }] } },
            next: { type: "string", nullable: true, description: "null on the last page" },
        }),
    ),
}

const errors: ErrorCode[] = [...deviceErrors, ...timeRangeErrors, "STEP_INVALID", "RANGE_TOO_LONG", "AFTER_INVALID"]

/** `GET /api/v1/devices/:id/readings`. */
export function readingsRoute(app: FastifyInstance, reads: Reads): void {
    app.get<{ Params: { id: string }; Querystring: ReadingsQuery }>(
        "/api/v1/devices/:id/readings",
        { schema: readingsSchema, config: { access: "one", errors } },
        async (request, reply) => {
            const { id } = request.params
            const { step, after } = request.query
            const range = timeRangeOf(request.query, lastSeconds(WINDOW_S, Math.floor(request.nowMs / 1000)))
            const means = step === undefined ? undefined : meansOf(id, range, step)
            if (isHead(request)) return await sendHeadOfDevice(reads, id, reply)
            const page = means ? reads.run("means", means) : reads.run("readings", { id, range, after })
            return reply.type("application/json").send(await page)
        },
    )
}

function meansOf(id: string, range: TimeRange, stepText: string) {
    const step = stepOf(stepText)
    const rows = Math.floor((range.to - range.from) / step) + 2
    if (rows > MAX_ROWS)
        throw new AirpinError("RANGE_TOO_LONG", `the range may hold ${rows} means of ${step} s, more than ${MAX_ROWS}`)
    if (step % SUMMED_STEP_S !== 0 && range.to - range.from > MAX_FINE_RANGE_S)
        throw new AirpinError(
            "RANGE_TOO_LONG",
            `means of ${step} s over ${range.to - range.from} s: only steps of whole 5 minutes may be longer than ${MAX_FINE_RANGE_S} s`,
            `ask for a step of whole 5 minutes (a multiple of ${SUMMED_STEP_S}), or a shorter range`,
        )
    return { id, range, step }
}
