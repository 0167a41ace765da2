import { Readable } from "node:stream"
import type { FastifyInstance } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import { errorSchema } from "../error-replies.ts"
import { quantityNames } from "../quantities.ts"
import type { Reading, TimeRange, Store } from "../store/store.ts"
import { allTime, isoTime, type TimeRangeQuery, timeRangeOf, timeRangeSchema } from "../time-range.ts"
import { deviceParams, knownDevice } from "./readings.ts"

/** Rows read and written at a time: about 50 kB, and no long hold on the event loop. */
const CHUNK_ROWS = 1_000

type Column = "time" | "device" | (typeof quantityNames)[number]

const allColumns: Column[] = ["time", "device", ...quantityNames]

interface CsvQuery extends TimeRangeQuery {
    columns?: string
}

const csvSchema = {
    summary: "Readings of a device as CSV",
    description: "Streamed in the order of time; an empty cell was not measured. Without `from` and `to`: everything.",
    params: deviceParams,
    produces: ["text/csv"],
    querystring: {
        type: "object",
        additionalProperties: false,
        properties: {
            ...timeRangeSchema,
            columns: { type: "string", description: `names with commas between, of: ${allColumns.join(",")}` },
        },
    },
    response: {
        200: {
            description: "first line: the names; line end: LF",
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

/** The export piece by piece: each page is read when the one before is sent, so no cursor stays open. */
function* csvChunks(store: Store, id: string, range: TimeRange, columns: Column[]): Generator<string> {
    yield `${columns.join(",")}\n`
    let after: string | undefined
    do {
        const page = store.readings(id, range, CHUNK_ROWS, after)
        yield page.readings.map(reading => csvLine(id, reading, columns)).join("")
        after = page.next ?? undefined
    } while (after !== undefined)
}

/** No cell needs quotes: numbers, moments and slugs only. */
function csvLine(device: string, reading: Reading, columns: Column[]): string {
    const cells = columns.map(column => {
        if (column === "time") return isoTime(reading.time)
        return column === "device" ? device : (reading[column] ?? "")
    })
    return `${cells.join(",")}\n`
}

function columnsOf(text: string | undefined): Column[] {
    if (text === undefined) return allColumns
    const columns = text.split(",")
    const wrong = columns.find(
        (name, index) => !(allColumns as string[]).includes(name) || columns.indexOf(name) !== index,
    )
    if (wrong === undefined) return columns as Column[]
    throw new AirpinError(
        "COLUMN_UNKNOWN",
        `columns names ${JSON.stringify(wrong)}, which is none of ${allColumns.join(",")} or stands twice`,
    )
}
