import type { FastifyInstance } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import type { ErrorCode } from "../../../certs/error-codes/table.ts"
import { deviceErrors, timeRangeErrors } from "../contract/route-errors.ts"
import { allColumns, type Column } from "../reads/csv.ts"
import type { Reads } from "../reads/reads.ts"
import { deviceParams } from "../schemas.ts"
import type { TimeRange } from "../store/records.ts"
import { allTime, type TimeRangeQuery, timeRangeOf, timeRangeSchema } from "../time-range.ts"
import { isHead, sendHead } from "./head.ts"

const CSV_TYPE = "text/csv; charset=utf-8"

/** A client that takes nothing for so long loses its connection, and with it one of the few exports. */
const STALLED_TIMEOUT_MS = 60_000

interface CsvQuery extends TimeRangeQuery {
    columns?: string
}

const csvSchema = {
    summary: "Readings of a device as CSV",
    description:
        "Streamed in the order of time; an empty cell was not measured. Without `from` and `to`: all readings.",
    params: deviceParams,
    querystring: {
        type: "object",
        additionalProperties: false,
        properties: {
            ...timeRangeSchema,
            columns: { type: "string", description: `comma-separated names from: ${allColumns.join(",")}` },
        },
    },
    response: {
        200: {
            description: "first line: column names; lines end with LF",
            content: { "text/csv": { schema: { type: "string" } } },
        },
    },
}

const errors: ErrorCode[] = [...deviceErrors, ...timeRangeErrors, "COLUMN_UNKNOWN"]

/** `GET /api/v1/devices/:id/readings.csv`. */
export function csvRoute(app: FastifyInstance, reads: Reads): void {
    app.get<{ Params: { id: string }; Querystring: CsvQuery }>(
        "/api/v1/devices/:id/readings.csv",
        { schema: csvSchema, config: { errors } },
        async (request, reply) => {
            const { id } = request.params
            const range = timeRangeOf(request.query, allTime)
            const columns = columnsOf(request.query.columns)
            await reads.run("known", { id })
            reply.header("content-disposition", `attachment; filename="${id}.csv"`)
            if (isHead(request)) return sendHead(reply, CSV_TYPE)
            const chunks = reads.exporting(csvChunks(reads, id, range, columns))
            reply.raw.setTimeout(STALLED_TIMEOUT_MS, () => reply.raw.destroy())
            return reply.type(CSV_TYPE).send(chunks)
        },
    )
}

/** The export in chunks: each is read after the one before is sent, so no cursor stays open. */
async function* csvChunks(reads: Reads, id: string, range: TimeRange, columns: Column[]): AsyncGenerator<string> {
    yield `${columns.join(",")}\n`
    let after: string | undefined
    do {
        const { text, next } = await reads.run("csvChunk", { id, range, columns, after })
        yield text
        after = next ?? undefined
    } while (after !== undefined)
}

function columnsOf(text: string | undefined): Column[] {
    if (text === undefined) return allColumns
    const names = text.split(",")
    return names.map((name, index) => {
        const column = allColumns.find(known => known === name)
        if (column !== undefined && names.indexOf(name) === index) return column
        throw new AirpinError(
            "COLUMN_UNKNOWN",
            `columns names ${JSON.stringify(name)}, which is named twice or is none of ${allColumns.join(",")}`,
        )
    })
}
