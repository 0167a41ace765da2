import { Readable } from "node:stream"
import type { FastifyInstance } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import { knownDevice } from "../device-registry.ts"
import { errorSchema } from "../error-replies.ts"
import { deviceParams } from "../schemas.ts"
import { type QuantityName, quantityNames, type Reading, type TimeRange } from "../store/records.ts"
import type { Store } from "../store/store.ts"
import { allTime, isoTime, type TimeRangeQuery, timeRangeOf, timeRangeSchema } from "../time-range.ts"

/** Rows read and written at a time: about 50 kB, which blocks the event loop only briefly. */
const CHUNK_ROWS = 1_000

type Column = "time" | "device" | QuantityName

const allColumns: Column[] = ["time", "device", ...quantityNames]

interface CsvQuery extends TimeRangeQuery {
    columns?: string
}

const csvSchema = {
    summary: "Readings of a device as CSV",
    description:
        "Streamed in the order of time; an empty cell was not measured. Without `from` and `to`: all readings.",
    params: deviceParams,
    produces: ["text/csv"],
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
        "4xx": errorSchema,
        "5xx": errorSchema,
    },
}

/** `GET /api/v1/devices/:id/readings.csv`. */
export function csvRoute(app: FastifyInstance, store: Store): void {
    app.get<{ Params: { id: string }; Querystring: CsvQuery }>(
        "/api/v1/devices/:id/readings.csv",
        { schema: csvSchema },
        async (request, reply) => {
            const { id } = knownDevice(store, request.params.id)
            const range = timeRangeOf(request.query, allTime)
            const columns = columnsOf(request.query.columns)
            reply.type("text/csv; charset=utf-8").header("content-disposition", `attachment; filename="${id}.csv"`)
            return reply.send(Readable.from(csvChunks(store, id, range, columns)))
        },
    )
}

/** The export in chunks: each page is read after the one before is sent, so no cursor stays open. */
function* csvChunks(store: Store, id: string, range: TimeRange, columns: Column[]): Generator<string> {
    yield `${columns.join(",")}\n`
    let after: string | undefined
    do {
        const page = store.readings(id, range, CHUNK_ROWS, after)
        yield page.readings.map(reading => csvLine(id, reading, columns)).join("")
        after = page.next ?? undefined
    } while (after !== undefined)
}

/** No cell needs quotes: they hold only numbers, times and device ids. */
function csvLine(device: string, reading: Reading, columns: Column[]): string {
    const cells = columns.map(column => {
        if (column === "time") return isoTime(reading.time)
        return column === "device" ? device : (reading[column] ?? "")
    })
    return `${cells.join(",")}\n`
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
