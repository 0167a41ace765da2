/** Pages for browsers on this computer only: loopback, a path that cannot be guessed, strict headers. */
import { randomBytes } from "node:crypto"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import fastifyStatic from "@fastify/static"
import fastify, { type FastifyInstance } from "fastify"
import { AirpinError } from "../certs/error.ts"

const HOST = "127.0.0.1"
/** Accepted Host headers. A foreign name that resolves to this computer is refused (DNS rebinding). */
const OWN_HOST = /^(localhost|127\.0\.0\.1)(:\d+)?$/i
/** RFC 9110 section 15.5.20, Misdirected Request */
const MISDIRECTED = 421
/** 128 bits, which cannot be guessed */
const SECRET_BYTES = 16

/** Style sheet and icon that all pages share. */
export const baseFolder = join(import.meta.dirname, "page-base")

const securityHeaders = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

export interface LocalPage {
    /** 0 for any free port */
    port: number
    /** folder of the page's own files */
    folder: string
    /** sources of style sheets besides the page's own */
    styles?: "'unsafe-inline'"
    /** Adds routes below `path`, which begins and ends with a slash. */
    addRoutes(app: FastifyInstance, path: string): void
}

export interface PageServer {
    /** has a random path, since other users of this computer can reach the port too */
    url: string
    close(): Promise<void>
}

/**
 * Serves a page and the shared files to browsers on this computer.
 *
 * @throws AirpinError LISTEN_PORT_IN_USE, LISTEN_PORT_FORBIDDEN
 */
export async function serveLocally({ port, ...page }: LocalPage): Promise<PageServer> {
    const path = `/${randomBytes(SECRET_BYTES).toString("hex")}/`
    const app = buildLocalApp(page, path)
    await app.listen({ host: HOST, port }).catch((cause: NodeJS.ErrnoException) => {
        throw listenError(cause, port)
    })
    const { port: actual } = app.server.address() as AddressInfo
    return { url: `http://${HOST}:${actual}${path}`, close: () => app.close() }
}

function listenError(cause: NodeJS.ErrnoException, port: number): Error {
    if (cause.code === "EADDRINUSE")
        return new AirpinError("LISTEN_PORT_IN_USE", `port ${port} of ${HOST} is in use`, { cause })
    if (cause.code === "EACCES")
        return new AirpinError("LISTEN_PORT_FORBIDDEN", `port ${port} of ${HOST} may not be opened by this user`, {
            cause,
        })
    return cause
}

/** 404 for anything that is not below `path`. */
function buildLocalApp({ folder, styles, addRoutes }: Omit<LocalPage, "port">, path: string): FastifyInstance {
    const app = fastify({ forceCloseConnections: true })
    const policy = `default-src 'none'; script-src 'self'; style-src ${["'self'", styles].filter(Boolean).join(" ")}; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
    app.addHook("onRequest", async ({ headers }, reply) => {
        reply.headers({ ...securityHeaders, "content-security-policy": policy })
        if (!OWN_HOST.test(headers.host ?? ""))
            return reply.code(MISDIRECTED).type("text/plain").send("the host name is not one of this computer's\n")
    })
    app.setNotFoundHandler((_request, reply) =>
        reply.code(404).type("text/plain").send("not found: open the address that airpin shows\n"),
    )
    const options = { wildcard: false, cacheControl: false, prefix: path }
    app.register(fastifyStatic, { ...options, root: folder })
    app.register(fastifyStatic, { ...options, root: baseFolder, decorateReply: false })
    addRoutes(app, path)
    return app
}
