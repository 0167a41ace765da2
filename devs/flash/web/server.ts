/** Serves the page to browsers on this computer. Only this file of the folder opens a socket. */
import { randomBytes } from "node:crypto"
import type { AddressInfo } from "node:net"
import fastifyStatic from "@fastify/static"
import fastify, { type FastifyInstance } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import { baseFolder, type PageFile, pageFolder, TOOLS_PATH, toolsFolder } from "./site.ts"

const HOST = "127.0.0.1"
/** Accepted Host headers. A foreign name that resolves to this computer is refused (DNS rebinding). */
const OWN_HOST = /^(localhost|127\.0\.0\.1)(:\d+)?$/i
/** RFC 9110 section 15.5.20, Misdirected Request */
const MISDIRECTED = 421
/** 128 bits, which cannot be guessed */
const SECRET_BYTES = 16

/** The log console of ESP Web Tools has inline styles, hence 'unsafe-inline' for styles only. */
const securityHeaders = {
    "cache-control": "no-store",
    "content-security-policy":
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

export interface PageServer {
    /** has a random path, since other users of this computer can reach the port too */
    url: string
    close(): Promise<void>
}

/**
 * Serves the page and the files of one image to browsers on this computer.
 *
 * @param port 0 for any free one
 * @throws AirpinError LISTEN_PORT_IN_USE, LISTEN_PORT_FORBIDDEN
 */
export async function servePage(files: PageFile[], port: number): Promise<PageServer> {
    const path = `/${randomBytes(SECRET_BYTES).toString("hex")}/`
    const app = buildPageApp(files, path)
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

/** Serves the page below `path`, which begins and ends with a slash, and 404 for anything else. */
function buildPageApp(files: PageFile[], path: string): FastifyInstance {
    const app = fastify({ forceCloseConnections: true })
    app.addHook("onRequest", async ({ headers }, reply) => {
        reply.headers(securityHeaders)
        if (!OWN_HOST.test(headers.host ?? ""))
            return reply.code(MISDIRECTED).type("text/plain").send("the host name is not one of this computer's\n")
    })
    app.setNotFoundHandler((_request, reply) =>
        reply.code(404).type("text/plain").send("not found: open the address that airpin shows\n"),
    )
    const folder = { wildcard: false, cacheControl: false }
    app.register(fastifyStatic, { ...folder, root: pageFolder, prefix: path })
    app.register(fastifyStatic, { ...folder, root: baseFolder, prefix: path, decorateReply: false })
    app.register(fastifyStatic, { ...folder, root: toolsFolder, prefix: `${path}${TOOLS_PATH}/`, decorateReply: false })
    for (const { name, mediaType, contents } of files)
        app.get(path + name, (_request, reply) => reply.type(mediaType).send(contents))
    return app
}
