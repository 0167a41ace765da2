/** `GET /api/v1/devices/:id/readings.csv` and `…/readings.lp`: every row of a range, streamed. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import type { ErrorCode } from "../../../certs/error-codes/table.ts"
import { deviceErrors, timeRangeErrors } from "../contract/route-errors.ts"
import { type Column, csvHead, meanColumns, readingColumns } from "../reads/exports/csv.ts"
import type { ExportRequest } from "../reads/exports/export-chunk.ts"
import { isZone, UTC } from "../reads/exports/zoned-time.ts"
import type { Reads } from "../reads/reads.ts"
import { deviceParams } from "../schemas.ts"
import { rollUpSeconds } from "../store/roll-ups.ts"
import { allTime, type TimeRangeQuery, timeRangeOf, timeRangeSchema } from "../time-range.ts"
import { isHead, sendHead } from "./head.ts"
import { stepOf } from "./step.ts"

const CSV_TYPE = "text/csv; charset=utf-8"
const LINES_TYPE = "text/plain; charset=utf-8"

/** 7 days: longer means are not made from single readings. */
const MAX_FINE_STEP_S = 7 * 86_400

interface ExportQuery extends TimeRangeQuery {
    step?: string
}

interface CsvQuery extends ExportQuery {
    columns?: string
    zone?: string
}

const stepSchema = {
    type: "string",
    description:
        "seconds per row: each row is the mean of the readings that ended in the step up to its time; over more than 7 days a multiple of 300",
}

const querySchema = (properties: object) => ({
    type: "object",
    additionalProperties: false,
    properties: { ...timeRangeSchema, step: stepSchema, ...properties },
})

const csvSchema = {
    summary: "Readings of a device, or their means, as CSV",
    description:
        "Streamed in the order of time; an empty cell was not measured. Without `from` and `to`: all readings.",
    params: deviceParams,
    querystring: querySchema({
        columns: {
            type: "string",
            description: `comma-separated names from: ${meanColumns.join(",")}; \`count\` only with step`,
        },
        zone: { type: "string", description: "time zone of the times, as Europe/Berlin; UTC without it" },
    }),
    response: {
        200: {
            description: "first line: column names; lines end with LF",
            content: { "text/csv": { schema: { type: "string" } } },
        },
    },
}

const linesSchema = {
    summary: "Readings of a device, or their means, in InfluxDB line protocol",
    description:
        "Streamed in the order of time, timestamps in nanoseconds. Tags: `device`, the id, and `name`. Without `from` and `to`: all readings.",
    params: deviceParams,
    querystring: querySchema({}),
    response: {
        200: {
            description: "a line per reading in which anything was measured",
            content: { "text/plain": { schema: { type: "string" } } },
        },
    },
}

const errors: ErrorCode[] = [...deviceErrors, ...timeRangeErrors, "STEP_INVALID", "RANGE_TOO_LONG"]

export function exportRoutes(app: FastifyInstance, reads: Reads): void {
    app.get<{ Params: { id: string }; Querystring: CsvQuery }>(
        "/api/v1/devices/:id/readings.csv",
        { schema: csvSchema, config: { access: "one", errors: [...errors, "COLUMN_UNKNOWN", "ZONE_UNKNOWN"] } },
        async (request, reply) => {
            const { columns, zone = UTC } = request.query
            const asked = exportOf(request)
            const known = asked.step === undefined ? readingColumns : meanColumns
            const csv = { columns: columnsOf(columns, known), zone: checkedZone(zone) }
            const form = { type: CSV_TYPE, ending: "csv", head: csvHead(csv) }
            return await sendExport(reads, { ...asked, csv }, form, request, reply)
        },
    )
    app.get<{ Params: { id: string }; Querystring: ExportQuery }>(
        "/api/v1/devices/:id/readings.lp",
        { schema: linesSchema, config: { access: "one", errors } },
        async (request, reply) =>
            await sendExport(reads, exportOf(request), { type: LINES_TYPE, ending: "lp", head: "" }, request, reply),
    )
}

function exportOf({ params, query }: { params: { id: string }; query: ExportQuery }): ExportRequest {
    const step = query.step === undefined ? undefined : stepOf(query.step)
    if (step !== undefined && step > MAX_FINE_STEP_S && step % rollUpSeconds.fiveMinutes !== 0)
        throw new AirpinError(
            "RANGE_TOO_LONG",
            `means over ${step} s: only those over whole 5 minutes may be longer than ${MAX_FINE_STEP_S} s`,
            `ask for a step of whole 5 minutes (a multiple of ${rollUpSeconds.fiveMinutes})`,
        )
    return { id: params.id, range: timeRangeOf(query, allTime), step }
}

interface SentForm {
    type: string
    /** of the file's name */
    ending: string
    /** before the first row */
    head: string
}

async function sendExport(
    reads: Reads,
    asked: ExportRequest,
    { type, ending, head }: SentForm,
    request: FastifyRequest,
    reply: FastifyReply,
): Promise<FastifyReply> {
    await reads.run("known", { id: asked.id })
    reply.header("content-disposition", `attachment; filename="${asked.id}.${ending}"`)
    if (isHead(request)) return sendHead(reply, type)
    const chunks = reads.exporting(chunksOf(reads, asked, head))
    return reply.type(type).send(chunks)
}

/** Each chunk is read after the one before is sent, so no cursor stays open. */
async function* chunksOf(reads: Reads, asked: ExportRequest, head: string): AsyncGenerator<string> {
    if (head !== "") yield head
    let after: string | undefined
    do {
        const { text, next } = await reads.run("exportChunk", { ...asked, after })
        if (text !== "") yield text
        after = next ?? undefined
    } while (after !== undefined)
}

function columnsOf(text: string | undefined, known: Column[]): Column[] {
    if (text === undefined) return known
    const names = text.split(",")
    return names.map((name, index) => {
        const column = known.find(each => each === name)
        if (column !== undefined && names.indexOf(name) === index) return column
        throw new AirpinError(
            "COLUMN_UNKNOWN",
            `columns names ${JSON.stringify(name)}, which is named twice or is none of ${known.join(",")}`,
        )
    })
}

function checkedZone(text: string): string {
    if (isZone(text)) return text
    throw new AirpinError("ZONE_UNKNOWN", `zone is ${JSON.stringify(text)}, which is no time zone`)
}
