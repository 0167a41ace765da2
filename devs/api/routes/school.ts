import type { FastifyInstance } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import type { ErrorCode } from "../../../certs/error-codes/table.ts"
import { readErrors } from "../contract/route-errors.ts"
import type { Reads } from "../reads/reads.ts"
import { objectSchema, responses } from "../schemas.ts"
import { isDate, isMonth } from "../school/school-days.ts"
import { isHead, sendHead } from "./head.ts"
import { lessonFigures, ppmOrNull as ppm } from "./lesson-figures.ts"

const errors: ErrorCode[] = [...readErrors, "QUERY_MALFORMED", "TIME_UNREADABLE"]

const dateSchema = { type: "string", description: "local date: 2026-11-23" }
const holiday = { type: "string", nullable: true, description: "name of the holiday" }
const ids = { type: "array", items: { type: "string" } }

const limits = objectSchema({ fairPpm: { type: "integer" }, poorPpm: { type: "integer" } })

/** Of the school, in both responses. */
const schoolProperties = {
    name: { type: "string", description: "of the school; may be empty" },
    timeZone: { type: "string", description: "IANA name" },
    limits: { ...limits, description: "of rooms without limits of their own, ppm" },
}

const roomProperties = {
    id: { type: "string" },
    name: { type: "string" },
    group: { type: "string", nullable: true, description: "like Building A / Floor 1" },
    limits,
    estimated: { type: "boolean", description: "the values are eCO2, because the room has no CO2 sensor" },
}

const hours = (what: string) => ({
    type: "array",
    description: `${what} for each day and local hour, 7 times 24; on the night when summer time ends, both hours from 2 to 3 are one`,
    items: { type: "array", items: ppm },
})

/** `GET /api/v1/school/week` and `…/month`. */
export function schoolRoutes(app: FastifyInstance, reads: Reads): void {
    weekRoute(app, reads)
    monthRoute(app, reads)
}

function weekRoute(app: FastifyInstance, reads: Reads): void {
    const day = objectSchema({
        date: dateSchema,
        holiday,
        isTaught: { type: "boolean", description: "a day of the week with lessons, also in holidays" },
        lessonMinutes: {
            type: "array",
            items: { type: "number" },
            description: "minutes of lessons in each local hour",
        },
    })
    const room = objectSchema({ ...roomProperties, meanPpm: hours("mean"), maxPpm: hours("highest") })
    const schema = {
        summary: "CO2 of each room in each hour of a week",
        querystring: querySchema(
            "from",
            "a local date in the week, which begins on Monday; without it the current week",
        ),
        response: responses(
            "rooms are in the order of groups and names",
            objectSchema({
                ...schoolProperties,
                days: { type: "array", items: day },
                hours: objectSchema(
                    { from: { type: "integer" }, to: { type: "integer" } },
                    { description: "local hours in which the timetable's lessons lie" },
                ),
                rooms: { type: "array", items: room },
            }),
        ),
    }
    app.get<{ Querystring: { from?: string } }>(
        "/api/v1/school/week",
        { schema, config: { errors } },
        async (request, reply) => {
            const { from } = request.query
            if (from !== undefined && !isDate(from)) throw unreadable("from", from, "a date: write 2026-11-23")
            if (isHead(request)) return sendHead(reply)
            return await reads.run("schoolWeek", { from, nowS: Math.floor(request.nowMs / 1000) })
        },
    )
}

function monthRoute(app: FastifyInstance, reads: Reads): void {
    const day = objectSchema({ date: dateSchema, holiday, lessonMinutes: lessonFigures.lessonMinutes })
    const ofDay = objectSchema({ date: dateSchema, ...lessonFigures })
    const days = { type: "array", items: ofDay, description: "days with lessons" }
    const maxRoom = { type: "string", nullable: true, description: "id of the room with the highest value" }
    const school = objectSchema(
        { ...lessonFigures, maxRoom },
        { description: "minutes are those of all rooms together" },
    )
    const schema = {
        summary: "CO2 in the lessons of a month, by room and for the school",
        querystring: querySchema("month", "like 2026-11, in the time zone of the school; without it the current month"),
        response: responses(
            "rooms are in the order of groups and names",
            objectSchema({
                ...schoolProperties,
                month: { type: "string" },
                days: { type: "array", items: day },
                rooms: { type: "array", items: objectSchema({ ...roomProperties, ...lessonFigures, days }) },
                school,
                best: { ...ids, description: "ids of at most three rooms with the least time above the limits" },
                worst: { ...ids, description: "and of those with the most, the worst first" },
            }),
        ),
    }
    app.get<{ Querystring: { month?: string } }>(
        "/api/v1/school/month",
        { schema, config: { errors } },
        async (request, reply) => {
            const { month } = request.query
            if (month !== undefined && !isMonth(month)) throw unreadable("month", month, "a month: write 2026-11")
            if (isHead(request)) return sendHead(reply)
            return await reads.run("schoolMonth", { month, nowS: Math.floor(request.nowMs / 1000) })
        },
    )
}

function querySchema(name: string, description: string) {
    return { type: "object", additionalProperties: false, properties: { [name]: { type: "string", description } } }
}

function unreadable(name: string, text: string, form: string): AirpinError {
    return new AirpinError("TIME_UNREADABLE", `${name} is ${JSON.stringify(text)}, which is not ${form}`)
}
