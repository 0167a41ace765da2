import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import type { ErrorCode } from "../../../certs/error-codes/table.ts"
import { type Acknowledgement, type Batch, SHORT_PATH } from "../../../src/wire.ts"
import { batchSchema, readingCount, timedBatch } from "../batch.ts"
import { type ClockCheck, checkDeviceClock, deviceTime } from "../clock-check.ts"
import { writeErrors } from "../contract/route-errors.ts"
import { settingsProperties } from "../desired-settings.ts"
import { DeviceTokens, type TokenHolder } from "../device-registry.ts"
import { sendError } from "../error-replies.ts"
import { rejectionOf } from "../rejected-reading.ts"
import { objectSchema, responses } from "../schemas.ts"
import { wholeBatch } from "../short-batch.ts"
import { fittingStatus, statusSchema } from "../status.ts"
import type { Database } from "../store/database.ts"
import { GroupCommit } from "../store/group-commit.ts"
import type { ReportedStatus } from "../store/records.ts"
import { StoredAt } from "../store/stored-at.ts"

/** A batch of 60 readings with all five quantities takes about 2 kB. */
const MAX_BODY_BYTES = 16 * 1024

const ingestSchema = {
    summary: "Store a batch of readings",
    description:
        "Idempotent by device, boot and sequence number: a reading that is already stored does not change. The response is sent after the commit.",
    security: [{ token: [] }],
    body: batchSchema,
    response: responses(
        "stored: every reading of this boot up to `ack` is on the server or was reported lost",
        objectSchema(
            {
                ack: { type: "integer" },
                desired: objectSchema(
                    { revision: { type: "integer" }, ...settingsProperties },
                    {
                        optional: Object.keys(settingsProperties),
                        description:
                            "desired settings, sent in response to a status until the device reports that it applied this revision",
                    },
                ),
            },
            { optional: ["desired"] },
        ),
    ),
}

const errors: ErrorCode[] = [
    ...writeErrors,
    "TOKEN_MISSING",
    "TOKEN_UNKNOWN",
    "TOKEN_REVOKED",
    "MEDIA_TYPE_UNSUPPORTED",
    "BODY_MALFORMED",
    "BODY_TOO_LARGE",
    "BATCH_TOO_LONG",
    "COLUMNS_MISSING",
    "COLUMNS_DIFFER",
    "TIME_OR_AGE",
    "TIME_OUT_OF_RANGE",
    "VALUE_OUT_OF_RANGE",
    "DEVICE_CLOCK_WRONG",
    "DEVICE_LIMIT",
]

/**
 * `POST /api/v1/readings`, and the same in its short form: the token is checked before the body is read. The short form
 * is between airpin's firmware and this server, and not in the document.
 */
export function ingestRoute(app: FastifyInstance, db: Database, clock: ClockCheck): void {
    const tokens = new DeviceTokens(db)
    const group = new GroupCommit(db)
    const storedAt = new StoredAt(db)
    app.decorateRequest("holder", null)
    const common = {
        method: "POST" as const,
        config: { access: "device" as const, errors, briefProblems: true },
        compress: false as const,
        bodyLimit: MAX_BODY_BYTES,
        errorHandler: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
            sendError(rejectionOf(error, request.body), reply),
        onRequest: async (request: FastifyRequest, reply: FastifyReply) => {
            request.holder = await tokens.holder(request.headers.authorization).catch(async error => {
                if (isWrongToken(error)) await app.limits.countWrongToken(request, reply)
                throw error
            })
            await app.limits.countPost(request, reply)
        },
        onSend: (request: FastifyRequest, reply: FastifyReply, _payload: unknown, done: () => void) => {
            // a device reads JSON and nothing else, and pays for each byte
            if (reply.statusCode === 200) reply.removeHeader("content-type")
            if (request.holder && setsDeviceClock(reply)) clock.recordDateSent(request.holder.id)
            done()
        },
    }
    const store = async (request: FastifyRequest<{ Body: Batch }>, isShort: boolean): Promise<Acknowledgement> => {
        const seenAt = Math.floor(request.nowMs / 1000)
        const { body } = request
        const { id: device, tokenSha256 } = holderOf(request)
        const reported = reportedStatus(request)
        const clockTime = deviceTime(body, readingCount(body))
        clock.recordDeviceTime(device, clockTime, seenAt)
        clock.check(seenAt)
        checkDeviceClock(clockTime, seenAt)
        const batch = timedBatch(body, seenAt)
        const bytes = Number(request.headers["content-length"] ?? 0)
        const post = { device, tokenSha256, batch, seenAt, bytes, reported, isShort }
        const { ack, desired, ...storedReadings } = await group.append(post)
        request.storedReadings = storedReadings
        clock.recordStored(seenAt)
        await storedAt.save(seenAt)
        return desired === undefined ? { ack } : { ack, desired }
    }
    app.route<{ Body: Batch }>({
        ...common,
        url: "/api/v1/readings",
        schema: ingestSchema,
        handler: request => store(request, false),
    })
    app.register(async short => {
        short.addContentTypeParser("*", { parseAs: "string" }, short.getDefaultJsonParser("error", "error"))
        short.route<{ Body: Batch }>({
            ...common,
            url: SHORT_PATH,
            schema: { hide: true, body: batchSchema },
            preValidation: async request => void Object.assign(request, { body: wholeBatch(request.body) }),
            handler: async request => {
                const response = await store(request, true)
                return JSON.stringify(response.desired === undefined ? response.ack : response)
            },
        })
    })
}

function isWrongToken(error: unknown): boolean {
    return error instanceof AirpinError && ["TOKEN_MISSING", "TOKEN_UNKNOWN", "TOKEN_REVOKED"].includes(error.code)
}

function holderOf({ holder }: FastifyRequest): TokenHolder {
    if (holder === null) throw new AirpinError("TOKEN_MISSING", "the request has no bearer token")
    return holder
}

/** A device sets its clock by the `Date` of every response below 500 (src/uplink/uplink.ts). */
function setsDeviceClock(reply: FastifyReply): boolean {
    return reply.statusCode < 500 && reply.hasHeader("date")
}

function reportedStatus(request: FastifyRequest<{ Body: Batch }>): ReportedStatus | undefined {
    if (request.body.status === undefined) return undefined
    return fittingStatus(request.body.status, request.compileValidationSchema(statusSchema))
}

declare module "fastify" {
    interface FastifyRequest {
        /** device whose bearer token the request has; null on other routes and before it was checked */
        holder: TokenHolder | null
    }
}
