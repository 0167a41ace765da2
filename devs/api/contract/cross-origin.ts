/** Lets pages of other sites read, if the operator says so (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol). */
import cors from "@fastify/cors"
import type { FastifyInstance } from "fastify"
import { AirpinError } from "../../../certs/error.ts"

/** A browser asks again after so long; Chromium keeps the answer for two hours at most. */
const PREFLIGHT_MAX_AGE_S = 7200

/**
 * Such a page reads with the token of a link, or what is public: credentials, which are the cookies of this server, are
 * never allowed.
 *
 * @param origins each as {@link checkedOrigin} returns it
 */
export function allowOrigins(app: FastifyInstance, origins: string[]): void {
    if (origins.length === 0) return
    app.register(cors, {
        origin: origins.includes("*") ? "*" : origins,
        methods: ["GET", "HEAD"],
        allowedHeaders: ["authorization", "last-event-id"],
        exposedHeaders: ["date", "retry-after"],
        maxAge: PREFLIGHT_MAX_AGE_S,
        credentials: false,
    })
}

/** "https://HOST[:PORT]" as browsers send it, or "*". @throws AirpinError ORIGIN_INVALID */
export function checkedOrigin(text: string): string {
    if (text === "*") return text
    const url = URL.canParse(text) ? new URL(text) : undefined
    const isOrigin = url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`
    if (isOrigin) return url.origin
    throw new AirpinError("ORIGIN_INVALID", `--cors ${JSON.stringify(text)} is not the origin of a site`)
}
