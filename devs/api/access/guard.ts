/** Decides for every request who sent it, whether that is allowed, and how often. Whatever is not declared is closed. */
import cookie from "@fastify/cookie"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import fastifyPlugin from "fastify-plugin"
import { AirpinError } from "../../../certs/error.ts"
import type { Database } from "../store/database.ts"
import { Credentials } from "./credentials.ts"
import { refuseCrossSite } from "./cross-site.ts"
import { type LimitOptions, Limits } from "./limits.ts"
import { type Reader, requireAccess, requireDevice } from "./reader.ts"

export interface GuardOptions extends LimitOptions {
    db: Database
    /** everyone may read */
    isPublic?: boolean | undefined
}

const ANONYMOUS: Reader = { role: "anonymous", name: "", device: null }

/** Guards every route of the app, those of other plug-ins too. */
export const guard = fastifyPlugin(async (app: FastifyInstance, options: GuardOptions) => {
    const { db, isPublic = false } = options
    await app.register(cookie, { hook: false })
    const credentials = new Credentials(app, db)
    const limits = await Limits.open(app, options)
    app.decorate("credentials", credentials)
    app.decorate("limits", limits)
    app.decorate("readerOf", readerOf)
    app.decorateRequest("reader", null)
    app.addHook("onRequest", async (request, reply) => {
        const { access = "all", page = false } = request.is404 ? { access: "everyone" } : request.routeOptions.config
        if (access === "device" || request.method === "OPTIONS") return
        if (!request.is404) refuseCrossSite(request)
        if (access !== "everyone") request.reader = (await readerOf(request, reply)) ?? (isPublic ? ANONYMOUS : null)
        await limits.countRead(request, reply)
        if (access === "everyone") return
        if (request.reader === null || (access === "admin" && request.reader.role === "anonymous"))
            return page ? reply.redirect(`${wayToRoot(request)}log-in`, 303) : notLoggedIn()
        requireAccess(request.reader, access)
        if (access === "one") requireDevice(request, idOf(request))
    })

    async function readerOf(request: FastifyRequest, reply: FastifyReply): Promise<Reader | undefined> {
        try {
            return await credentials.readerOf(request)
        } catch (error) {
            if (error instanceof AirpinError && (error.code === "TOKEN_UNKNOWN" || error.code === "LINK_INVALID"))
                await limits.countWrongToken(request, reply)
            throw error
        }
    }
})

/** Relative, as a proxy may serve the pages below a path of its own: "" for "/wall", "../" for "/rooms/kitchen". */
function wayToRoot({ routeOptions: { url = "/" } }: FastifyRequest): string {
    return "../".repeat(url.split("/").length - 2)
}

function notLoggedIn(): never {
    throw new AirpinError("NOT_LOGGED_IN", "only those who are logged in or have a link may read")
}

function idOf({ params }: FastifyRequest): string {
    const { id = "" }: { id?: string } = Object(params)
    return id
}

declare module "fastify" {
    interface FastifyInstance {
        credentials: Credentials
        limits: Limits
        /** `credentials.readerOf`; a wrong token is counted. @throws AirpinError TOKEN_UNKNOWN, LINK_INVALID, RATE_LIMIT */
        readerOf(request: FastifyRequest, reply: FastifyReply): Promise<Reader | undefined>
    }
}
