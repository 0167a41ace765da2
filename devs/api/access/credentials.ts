/** Turns what a request carries, a bearer token or a cookie, into a reader. */
import { type CookieSerializeOptions, Signer } from "@fastify/cookie"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import type { Database } from "../store/database.ts"
import { cookieSecret } from "./cookie-secret.ts"
import { validLink } from "./links.ts"
import type { Reader } from "./reader.ts"
import { sessionOwner } from "./sessions.ts"
import { bearerToken, isToken } from "./tokens.ts"

/** Browsers keep a cookie for 400 days at most (RFC 6265bis section 5.5). */
const MAX_COOKIE_S = 400 * 86_400

/**
 * `__Host-`: browsers take it only over TLS, from this host, and send it to no other. `Secure` also behind a proxy that
 * speaks HTTP to this server.
 */
const cookieOptions = {
    path: "/",
    httpOnly: true,
    secure: true,
    sameSite: "strict",
} satisfies CookieSerializeOptions

/** How cookies are named and signed; the same in every process on one database. */
interface CookieForm {
    name: string
    signer: Signer
}

export class Credentials {
    readonly #app: FastifyInstance
    readonly #db: Database
    #form: Promise<CookieForm> | undefined

    constructor(app: FastifyInstance, db: Database) {
        this.#app = app
        this.#db = db
    }

    /**
     * Who sent the request; undefined if it carries nothing, or a cookie that is not valid any more.
     *
     * @throws AirpinError TOKEN_UNKNOWN, LINK_INVALID for an `Authorization` header that is not that of a link
     */
    async readerOf(request: FastifyRequest): Promise<Reader | undefined> {
        const authorization = request.headers.authorization ?? keyInUrl(request)
        if (authorization !== undefined) return await this.#readerOfHeader(authorization, nowSOf(request))
        const token = await this.cookieToken(request)
        if (token === undefined) return undefined
        if (isToken("link", token)) return await this.#readerOfLinkCookie(token, nowSOf(request))
        const name = await sessionOwner(this.#db.sql, token, nowSOf(request))
        return name === undefined ? undefined : { role: "admin", name, device: null }
    }

    /** The token in the signed cookie; undefined if there is none, or it is not signed by this server. */
    async cookieToken({ headers }: FastifyRequest): Promise<string | undefined> {
        if (headers.cookie === undefined) return undefined
        const { name, signer } = await this.#cookieForm()
        const signed = this.#app.parseCookie(headers.cookie)[name]
        if (signed === undefined) return undefined
        const { valid, value } = signer.unsign(signed)
        return valid && value !== null ? value : undefined
    }

    async setCookie(reply: FastifyReply, token: string, maxAgeS = MAX_COOKIE_S): Promise<void> {
        const { name, signer } = await this.#cookieForm()
        reply.setCookie(name, signer.sign(token), { ...cookieOptions, maxAge: Math.min(maxAgeS, MAX_COOKIE_S) })
    }

    async clearCookie(reply: FastifyReply): Promise<void> {
        reply.clearCookie((await this.#cookieForm()).name, cookieOptions)
    }

    /** Asks the database once, and again after a failure. */
    async #cookieForm(): Promise<CookieForm> {
        this.#form ??= cookieSecret(this.#db.sql).then(
            // browsers do not tell the ports of one host apart, so a name of its own for each database
            secret => ({ name: `__Host-airpin-${sha256Of(secret).slice(0, 8)}`, signer: new Signer(secret) }),
        )
        try {
            return await this.#form
        } catch (error) {
            this.#form = undefined
            throw error
        }
    }

    async #readerOfHeader(authorization: string, nowS: number): Promise<Reader> {
        const token = bearerToken(authorization)
        if (token === undefined || !isToken("link", token))
            throw new AirpinError("TOKEN_UNKNOWN", "no link has this token, and the token of a device reads nothing")
        return await this.#readerOfLink(token, nowS)
    }

    async #readerOfLinkCookie(token: string, nowS: number): Promise<Reader | undefined> {
        return await this.#readerOfLink(token, nowS).catch(error => {
            if (error instanceof AirpinError && error.code === "LINK_INVALID") return undefined
            throw error
        })
    }

    async #readerOfLink(token: string, nowS: number): Promise<Reader> {
        const { role, name, device } = await validLink(this.#db.sql, sha256Of(token), nowS)
        // the link of an admin begins a session, and shows nothing by itself
        if (role !== "viewer") throw new AirpinError("LINK_INVALID", `the link ${name} has to be opened in a browser`)
        return { role, name, device }
    }
}

/** The parameter `key` as a header would have it, if the route takes it. */
function keyInUrl({ routeOptions, query }: FastifyRequest): string | undefined {
    const { key }: { key?: unknown } = Object(query)
    return routeOptions.config.keyInUrl && typeof key === "string" ? `Bearer ${key}` : undefined
}

/** Arrival of the request, Unix seconds. */
export function nowSOf({ nowMs }: FastifyRequest): number {
    return Math.floor(nowMs / 1000)
}
