import swagger from "@fastify/swagger"
import fastify, { type FastifyInstance, LogController } from "fastify"
import { guard } from "./access/guard.ts"
import { addSecurityHeaders } from "./access/headers.ts"
import { linkRoutes } from "./access/link-routes.ts"
import { logInRoutes } from "./access/log-in-routes.ts"
import { careRoutes } from "./care/care-routes.ts"
import { ClockCheck } from "./clock-check.ts"
import { compressResponses } from "./contract/compression.ts"
import { allowOrigins } from "./contract/cross-origin.ts"
import { documentOptions } from "./contract/document.ts"
import { compilersFactory } from "./contract/schema-compilers.ts"
import { namedSchemas } from "./contract/shapes.ts"
import { dateHeader, plainJsonType, replyToErrors, sendError, stamp } from "./error-replies.ts"
import { type LogTarget, loggerOptions } from "./operate/log.ts"
import { measureRequests } from "./operate/measure-requests.ts"
import { operationRoutes } from "./operate/operation.ts"
import { logRequest, logRequests, requestIds } from "./operate/request-log.ts"
import { sliceBodies } from "./operate/sliced-body.ts"
import { linksPage, logInPages } from "./pages/access-pages.ts"
import { carePage } from "./pages/care-page.ts"
import { assetRoute } from "./pages/page-routes.ts"
import { roomPage } from "./pages/room-page.ts"
import { schoolPages } from "./pages/school-pages.ts"
import { wallPages } from "./pages/wall-page.ts"
import { EdgeLog } from "./pins/edge-log.ts"
import { measureEdge } from "./pins/edge-metrics.ts"
import { readEdgeStatus } from "./pins/edge-state.ts"
import { edgeRoute, pinsRoute } from "./pins/routes.ts"
import { Reads } from "./reads/reads.ts"
import { deviceRoutes } from "./routes/devices.ts"
import { errorRoute } from "./routes/errors.ts"
import { eventsRoute } from "./routes/events.ts"
import { exportRoutes } from "./routes/exports.ts"
import { ingestRoute } from "./routes/ingest.ts"
import { pageRoutes } from "./routes/page.ts"
import { readingsRoute } from "./routes/readings.ts"
import { schoolRoutes } from "./routes/school.ts"
import { wallRoute } from "./routes/wall.ts"
import { widgetRoute } from "./routes/widget.ts"
import { siteRoutes } from "./site/site-routes.ts"
import type { Database } from "./store/database.ts"
import { readStoredAt } from "./store/stored-at.ts"
import { addStreams } from "./streams/stream-route.ts"
import { MIN_TIME } from "./time-range.ts"

export interface AppOptions {
    db: Database
    /** everyone may read; nobody without a link or a log-in when absent */
    public?: boolean | undefined
    /** addresses and networks of proxies whose X-Forwarded-For, -Proto and -Host are believed; none when absent */
    trustProxy?: string[] | undefined
    /** requests per reader, and posts per device, in a minute; those of access/limits.ts when absent */
    maxReads?: number | undefined
    maxPosts?: number | undefined
    /** clock of `Date` headers and ages, ms since 1970; Date.now when absent */
    now?: () => number
    /** monotonic time, seconds; that of the process when absent */
    monotonicS?: (() => number) | undefined
    /** the server's clock cannot be before this, Unix seconds; 2015 when absent */
    notBeforeS?: number
    /** the operator vouches for the server's clock */
    trustClock?: boolean
    /** called with the reason when the server's clock becomes doubtful, and with undefined when it no longer is */
    onClockDoubt?: (reason: string | undefined) => void
    /** sites whose pages may read, as `checkedOrigin` returns them; none when absent */
    corsOrigins?: string[] | undefined
    /** how often the streams of changes look for some; `POLL_INTERVAL_MS` when absent */
    pollIntervalMs?: number | undefined
    /** where log lines go; none are written when absent */
    log?: Pick<LogTarget, "stream" | "level"> | undefined
    /** below this the disk of the database is low, bytes; `DEFAULT_MIN_FREE_BYTES` when absent */
    minFreeBytes?: number | undefined
    /** false: reads hold up posts, and no thread is started for them; as for `Reads` when absent */
    readThreads?: boolean
}

/** Time of the process, which is never set, s. */
const processS = () => performance.now() / 1000

/**
 * Builds the API and its page, ready for `serve` or `app.inject`. It does not
 * listen, and closing it leaves the database open.
 *
 * Storing needs the token of a device, reading a link or a log-in. Every error response is a problem
 * of contract/problem.ts.
 */
export function buildApp(options: AppOptions): FastifyInstance {
    const { db, now = Date.now, monotonicS = processS, public: isPublic = false, log, corsOrigins = [] } = options
    const clock = newClockCheck(options)
    const app = fastify({
        logger: log ? loggerOptions(log) : false,
        logController: new LogController({ disableRequestLogging: true }),
        genReqId: requestIds(),
        trustProxy: options.trustProxy ?? false,
        // without coercion null stays an error and does not become 0
        ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
        schemaController: { compilersFactory },
        // a URL that cannot be decoded reaches no hook
        frameworkErrors: (error, request, reply) => {
            stamp(request, reply, now(), clock)
            addSecurityHeaders(request, reply)
            sendError(error, reply)
            logRequest(app.events, request, reply)
        },
    })
    app.removeContentTypeParser("text/plain")
    app.decorate("dateHeader", () => dateHeader(now(), clock))
    app.decorateRequest("nowMs", 0)
    // hooks of every request call back: a promise for each takes 1 us
    app.addHook("onRequest", (request, reply, done) => {
        stamp(request, reply, now(), clock)
        done()
    })
    app.addHook("onSend", (request, reply, _payload, done) => {
        plainJsonType(reply)
        addSecurityHeaders(request, reply)
        done()
    })
    logRequests(app)
    measureRequests(app)
    sliceBodies(app)
    replyToErrors(app)
    allowOrigins(app, corsOrigins)
    compressResponses(app)
    for (const schema of namedSchemas) app.addSchema(schema)
    app.register(swagger, documentOptions)
    const reads = new Reads(db, options.readThreads)
    app.addHook("onReady", async () => {
        const storedAtS = await readStoredAt(db)
        if (storedAtS !== undefined) clock.recordStored(storedAtS)
        clock.doubt(now() / 1000)
    })
    app.addHook("onClose", () => reads.close())
    const { maxReads, maxPosts, minFreeBytes, pollIntervalMs } = options
    app.register(guard, { db, isPublic, maxReads, maxPosts, monotonicS })
    app.register(logInRoutes, { db, isPublic, pages: logInPages })
    app.register(async routes => addRoutes(routes, db, reads, clock))
    addStreams(app, { reads, now, pollIntervalMs })
    measureEdge(app.metrics, () => readEdgeStatus(db.sql))
    new EdgeLog(app, db, now).start()
    app.register(async routes => operationRoutes(routes, { db, reads, clock, now, minFreeBytes }))
    return app
}

function newClockCheck({ monotonicS = processS, notBeforeS = MIN_TIME, trustClock = false, onClockDoubt }: AppOptions) {
    return new ClockCheck({
        monotonicS,
        notBeforeS,
        trusted: trustClock,
        onDoubt: onClockDoubt,
    })
}

function addRoutes(app: FastifyInstance, db: Database, reads: Reads, clock: ClockCheck): void {
    ingestRoute(app, db, clock)
    deviceRoutes(app, reads)
    readingsRoute(app, reads)
    exportRoutes(app, reads)
    wallRoute(app, reads)
    eventsRoute(app, reads)
    schoolRoutes(app, reads)
    widgetRoute(app, reads)
    errorRoute(app)
    assetRoute(app)
    wallPages(app, reads)
    roomPage(app, reads)
    schoolPages(app, db, reads)
    carePage(app, db)
    linksPage(app, reads)
    pageRoutes(app)
    linkRoutes(app, db)
    pinsRoute(app, db)
    edgeRoute(app, db)
    careRoutes(app, db)
    siteRoutes(app, db)
    app.get("/openapi.json", { schema: { hide: true }, config: { access: "everyone" } }, async () => app.swagger())
}

declare module "fastify" {
    interface FastifyInstance {
        /** value of the `Date` header now; undefined while the clock is in doubt */
        dateHeader(): string | undefined
    }
    interface FastifyRequest {
        /** time of arrival, ms since 1970: every age in the response counts from here */
        nowMs: number
    }
}
