/** One log line for each request, without its headers, its body and the values in its URL that may be secrets. */
import { randomBytes } from "node:crypto"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import type { ErrorCode } from "../../../certs/error-codes/table.ts"
import { DEVICE_ID_PATTERN } from "../schemas.ts"
import { type EventLevel, EventLog } from "./event-log.ts"
import { errorFields } from "./log.ts"

/** Parameters that are written, if their values look as they must: whatever else is in a URL may be a token. */
const SHOWN_PARAMETERS: Record<string, RegExp> = {
    id: new RegExp(DEVICE_ID_PATTERN),
    deviceId: new RegExp(DEVICE_ID_PATTERN),
    from: /^[\d.:TZ+-]{1,30}$/,
    to: /^[\d.:TZ+-]{1,30}$/,
    step: /^\d{1,9}$/,
}

/** Codes whose errors are airpin's own fault or the database's: written with the stack. */
const EXPLAINED: ErrorCode[] = ["INTERNAL", "STORE_FAILED"]

/** Ids of requests are unique on this machine for years: a random part for the process, and a count. */
export function requestIds(): () => string {
    const process = randomBytes(4).toString("hex")
    let count = 0
    return () => `${process}-${(++count).toString(36)}`
}

/** Logs every request when its response is sent. A refused or failed one is an event, and repeated ones are counted. */
export function logRequests(app: FastifyInstance): void {
    const events = new EventLog(app.log)
    app.decorate("events", events)
    app.decorateRequest("failure", null)
    app.addHook("onResponse", (request, reply, done) => {
        logRequest(events, request, reply)
        done()
    })
    app.addHook("onClose", async () => events.flush())
}

/** Logs a request now: one that Fastify refuses before any hook. */
export function logRequest(events: EventLog, request: FastifyRequest, reply: FastifyReply): void {
    const fields = fieldsOf(request, reply)
    const { failure, holder, log, ip } = request
    if (failure === null) log.info(fields, "request")
    else events.record(levelOf(reply.statusCode), failure.code, holder?.id ?? ip, { reqId: request.id, ...fields })
}

function fieldsOf(request: FastifyRequest, reply: FastifyReply) {
    const { method, failure, holder, ip } = request
    const deviceId = holder?.id
    const { statusCode, elapsedTime } = reply
    return {
        method,
        ...placeOf(request),
        status: statusCode,
        ms: Math.round(elapsedTime * 10) / 10,
        address: ip,
        ...(deviceId && { device: deviceId }),
        ...(failure && mayShowMessage(statusCode, deviceId) && { message: failure.error.message }),
        ...(failure && EXPLAINED.includes(failure.code) && { err: errorFields(failure.error) }),
    }
}

/** The message of a refused request may repeat a part of its URL; those to devices and those of failures do not. */
function mayShowMessage(status: number, deviceId: string | undefined): boolean {
    return status >= 500 || Boolean(deviceId)
}

/** The route, and the values of the parameters that may be shown; no part of the URL is taken as it is. */
function placeOf({ routeOptions, params, query }: FastifyRequest): { route: string; parameters?: object } {
    const given = Object.entries({ ...entriesOf(query), ...entriesOf(params) })
    const shown = given.filter(([name, value]) => SHOWN_PARAMETERS[name]?.test(String(value)))
    const route = routeOptions.url ?? "none"
    return shown.length > 0 ? { route, parameters: Object.fromEntries(shown) } : { route }
}

const entriesOf = (values: unknown): object => (typeof values === "object" && values !== null ? values : {})

function levelOf(status: number): EventLevel {
    if (status >= 500) return "error"
    return [401, 403, 409, 429].includes(status) ? "warn" : "info"
}

declare module "fastify" {
    interface FastifyInstance {
        /** log lines for what may happen often */
        events: EventLog
    }
    interface FastifyRequest {
        /** the error that the response reports */
        failure: { code: ErrorCode; error: Error } | null
    }
}
