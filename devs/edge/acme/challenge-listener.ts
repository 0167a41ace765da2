/** HTTP-01 by a server of our own on port 80, which redirects everything else to HTTPS. */
import { once } from "node:events"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { AirpinError } from "../../../certs/error.ts"
import { requireServerName } from "../../../certs/x509/server-name.ts"
import { type ChallengeSession, type ChallengeSolver, HTTP_CHALLENGE_PATH } from "./challenge.ts"

export interface ListenerOptions {
    /** default 80; 0 for a free one */
    port?: number
    /** address to listen on; default: all of this machine */
    host?: string
    /** port of HTTPS in the redirects; default 443 */
    httpsPort?: number
}

const HTTP_PORT = 80
const HTTPS_PORT = 443
/** CAs and browsers send their requests at once */
const REQUEST_TIMEOUT_MS = 10_000
/** a CA asks from a handful of places, browsers once */
const MAX_CONNECTIONS = 100

/** A listener that runs. */
export interface ChallengeListener {
    port: number
    /** publishes on it; ends nothing but what it has published */
    solver: ChallengeSolver
    close(): Promise<void>
}

/** @throws AirpinError ACME_HTTP_PORT_UNAVAILABLE */
export async function openChallengeListener(options: ListenerOptions = {}): Promise<ChallengeListener> {
    const { port = HTTP_PORT, host, httpsPort = HTTPS_PORT } = options
    const responses = new Map<string, string>()
    const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS }, (...pair) =>
        handle(...pair, responses, httpsPort),
    )
    server.maxConnections = MAX_CONNECTIONS
    server.listen({ port, ...(host !== undefined && { host }) })
    await once(server, "listening").catch(cause => {
        throw new AirpinError("ACME_HTTP_PORT_UNAVAILABLE", `port ${port} cannot be opened: ${cause.message}`, {
            cause,
        })
    })
    const address = server.address()
    return {
        port: typeof address === "object" && address ? address.port : port,
        solver: { type: "http-01", begin: async () => begin(responses) },
        close: () => close(server),
    }
}

/** Listens only while there is an order. */
export function listenerSolver(options: ListenerOptions = {}): ChallengeSolver {
    return {
        type: "http-01",
        ready: async () => (await openChallengeListener(options)).close(),
        async begin() {
            const listener = await openChallengeListener(options)
            const session = await listener.solver.begin()
            return { present: session.present, end: () => listener.close() }
        },
    }
}

/** A listener that stays open between orders, for the redirects. */
export interface LastingListener {
    /** Listens, unless it does already. @throws AirpinError ACME_HTTP_PORT_UNAVAILABLE */
    open(): Promise<ChallengeListener>
    /** tries again to open it for each order */
    solver: ChallengeSolver
    close(): Promise<void>
}

export function lastingListener(options: ListenerOptions): LastingListener {
    let listener: Promise<ChallengeListener> | undefined
    const open = () => {
        listener ??= openChallengeListener(options).catch((error: unknown) => {
            listener = undefined
            throw error
        })
        return listener
    }
    const solver: ChallengeSolver = {
        type: "http-01",
        ready: async () => void (await open()),
        begin: async () => (await open()).solver.begin(),
    }
    return { open, solver, close: async () => (await listener)?.close() }
}

function begin(responses: Map<string, string>): ChallengeSession {
    const own: string[] = []
    return {
        async present({ token, response }) {
            own.push(token)
            responses.set(token, response)
        },
        async end() {
            for (const token of own) responses.delete(token)
        },
    }
}

async function close(server: Server): Promise<void> {
    const closed = once(server, "close")
    server.close()
    server.closeAllConnections()
    await closed
}

function handle(
    request: IncomingMessage,
    response: ServerResponse,
    responses: Map<string, string>,
    httpsPort: number,
): void {
    response.setHeader("connection", "close")
    const path = request.url ?? "/"
    if (path.startsWith(HTTP_CHALLENGE_PATH)) {
        const body = responses.get(path.slice(HTTP_CHALLENGE_PATH.length))
        response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/octet-stream" })
        response.end(body)
        return
    }
    const name = requestedName(request)
    if (name === undefined || !path.startsWith("/")) {
        response.writeHead(400).end()
        return
    }
    const location = `https://${name}${httpsPort === HTTPS_PORT ? "" : `:${httpsPort}`}${path}`
    response.writeHead(301, { location }).end()
}

/** The name in the header Host without its port; undefined if it is none: it would go into a header. */
function requestedName({ headers }: IncomingMessage): string | undefined {
    const name = headers.host?.replace(/:\d+$/, "")
    if (name === undefined) return undefined
    try {
        requireServerName(name)
        return name
    } catch {
        return undefined
    }
}
