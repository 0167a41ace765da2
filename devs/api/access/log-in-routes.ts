/** Logging in and out, and opening a link. */
import formbody from "@fastify/formbody"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import type { ErrorCode } from "../../../certs/error-codes/table.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import { statusOf } from "../contract/problem.ts"
import { storeErrors } from "../contract/route-errors.ts"
import { objectSchema, responses } from "../schemas.ts"
import type { Database } from "../store/database.ts"
import { checkPassword } from "./admins.ts"
import { nowSOf } from "./credentials.ts"
import { noteOpening, validLink } from "./links.ts"
import { beginSession, endSession, MAX_SESSION_S } from "./sessions.ts"
import { isToken } from "./tokens.ts"

/** The pages that these routes show, as HTML. */
export interface LogInPages {
    /** @param depth how many folders the address has: 0 for "/log-in" */
    logIn(request: FastifyRequest, depth: number, message?: "wrong" | "later"): string
    opened(request: FastifyRequest): string
}

interface LogInOptions {
    db: Database
    isPublic: boolean
    pages: LogInPages
}

/** Far more than a name and a password need. */
const MAX_FORM_BYTES = 4096

interface LogIn {
    name: string
    password: string
}

const logInBody = {
    ...objectSchema({
        name: { type: "string", pattern: "^\\P{C}{1,64}$" },
        password: { type: "string", minLength: 1, maxLength: 1024 },
    }),
    additionalProperties: false,
}

const sessionSchema = {
    summary: "Who is logged in",
    response: responses(
        "role is none for whoever may not read",
        objectSchema(
            {
                role: { type: "string", enum: ["none", "anonymous", "viewer", "admin"] },
                name: { type: "string", description: "of the admin or the link" },
                device: { type: "string", description: "id of the only device that the link shows" },
            },
            { optional: ["name", "device"] },
        ),
    ),
}

const logOutErrors: ErrorCode[] = [...storeErrors, "CROSS_SITE"]
const logInErrors: ErrorCode[] = [
    ...logOutErrors,
    "PASSWORD_WRONG",
    "LOGIN_BUSY",
    "BODY_MALFORMED",
    "BODY_TOO_LARGE",
    "MEDIA_TYPE_UNSUPPORTED",
]
const linkErrors: ErrorCode[] = [...storeErrors, "LINK_INVALID"]

/** `/log-in`, `/log-out`, `/v/TOKEN` and `GET /api/v1/session`. */
export async function logInRoutes(app: FastifyInstance, { db, isPublic, pages }: LogInOptions): Promise<void> {
    const everyone = { access: "everyone", page: true } as const
    await app.register(formbody, { bodyLimit: MAX_FORM_BYTES })
    app.get("/log-in", { schema: { hide: true }, config: everyone }, (request, reply) =>
        sendPage(reply, pages.logIn(request, 0)),
    )
    app.post<{ Body: LogIn }>(
        "/log-in",
        {
            schema: { hide: true, body: logInBody },
            config: { ...everyone, errors: logInErrors },
            bodyLimit: MAX_FORM_BYTES,
        },
        (request, reply) => logIn(app, db, pages, request, reply),
    )
    app.post("/log-out", { schema: { hide: true }, config: { ...everyone, errors: logOutErrors } }, (request, reply) =>
        logOut(app, db, request, reply),
    )
    app.get<{ Params: { token: string } }>(
        "/v/:token",
        { schema: { hide: true }, config: { ...everyone, errors: linkErrors }, exposeHeadRoute: false },
        (request, reply) => openLink(app, db, pages, request, reply),
    )
    app.get(
        "/api/v1/session",
        { schema: sessionSchema, config: { ...everyone, errors: [...storeErrors, "TOKEN_UNKNOWN", "LINK_INVALID"] } },
        async (request, reply) => {
            const reader = await app.readerOf(request, reply)
            if (reader === undefined) return { role: isPublic ? "anonymous" : "none" }
            return { role: reader.role, name: reader.name, ...(reader.device !== null && { device: reader.device }) }
        },
    )
}

/** The session gets a new token, whatever cookie the browser sent: nobody can fix it beforehand. */
async function logIn(
    app: FastifyInstance,
    db: Database,
    pages: LogInPages,
    request: FastifyRequest<{ Body: LogIn }>,
    reply: FastifyReply,
): Promise<FastifyReply> {
    const { name, password } = request.body
    try {
        await app.limits.countLogIn(request, reply)
        await checkPassword(db.sql, name, password)
    } catch (error) {
        if (!(error instanceof AirpinError)) throw error
        return sendRefusal(request, reply, error, message => pages.logIn(request, 0, message))
    }
    await endFormerSession(app, db, request)
    await app.credentials.setCookie(reply, await beginSession(db, { admin: name }, nowSOf(request)), MAX_SESSION_S)
    return reply.redirect("./", 303)
}

async function logOut(app: FastifyInstance, db: Database, request: FastifyRequest, reply: FastifyReply) {
    await endFormerSession(app, db, request)
    await app.credentials.clearCookie(reply)
    return reply.redirect("log-in", 303)
}

async function endFormerSession(app: FastifyInstance, db: Database, request: FastifyRequest): Promise<void> {
    const token = await app.credentials.cookieToken(request)
    if (token !== undefined && isToken("session", token)) await endSession(db.sql, token)
}

/**
 * Turns a link into a cookie. The response is a page that goes on to the readings by itself, not a redirect: after a
 * click in a mail program or on another site, a browser sends a SameSite=Strict cookie only to what a page of this
 * server asks for. The link is then neither in the address bar nor in the history.
 */
async function openLink(
    app: FastifyInstance,
    db: Database,
    pages: LogInPages,
    request: FastifyRequest<{ Params: { token: string } }>,
    reply: FastifyReply,
): Promise<FastifyReply> {
    const { token } = request.params
    const nowS = nowSOf(request)
    try {
        if (!isToken("link", token)) throw new AirpinError("LINK_INVALID", "no link has this token")
        const link = await validLink(db.sql, sha256Of(token), nowS)
        if (link.once) await noteOpening(db.sql, link, nowS)
        if (link.role === "admin") {
            const session = await beginSession(db, { link: link.tokenSha256 }, nowS)
            await app.credentials.setCookie(reply, session, MAX_SESSION_S)
        } else {
            await app.credentials.setCookie(reply, token, link.expiresAt === null ? undefined : link.expiresAt - nowS)
        }
        return sendPage(reply, pages.opened(request))
    } catch (error) {
        if (!(error instanceof AirpinError) || error.code !== "LINK_INVALID") throw error
        return await refuseLink(app, pages, request, reply)
    }
}

/** Leads to the log-in page with the reason; the reason alone once there were too many wrong links. */
async function refuseLink(
    app: FastifyInstance,
    pages: LogInPages,
    request: FastifyRequest,
    reply: FastifyReply,
): Promise<FastifyReply> {
    try {
        await app.limits.countWrongToken(request, reply)
    } catch (error) {
        if (!(error instanceof AirpinError)) throw error
        return sendRefusal(request, reply, error, message => pages.logIn(request, 1, message))
    }
    return reply.redirect("../log-in#link", 303)
}

/** Messages of the log-in page. */
const messages: Record<string, "wrong" | "later"> = {
    PASSWORD_WRONG: "wrong",
    RATE_LIMIT: "later",
    LOGIN_BUSY: "later",
}

/** @param page the log-in page with a message. @throws the error, if the page has no message for it */
function sendRefusal(
    request: FastifyRequest,
    reply: FastifyReply,
    error: AirpinError,
    page: (message: "wrong" | "later") => string,
): FastifyReply {
    const message = messages[error.code]
    if (message === undefined) throw error
    request.failure = { code: error.code, error }
    return sendPage(reply.code(statusOf(error.code)), page(message))
}

function sendPage(reply: FastifyReply, text: string): FastifyReply {
    return reply.type("text/html; charset=utf-8").send(text)
}
