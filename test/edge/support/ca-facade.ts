/**
 * A CA in front of pebble: it adds what Debian's pebble lacks (renewal information, profiles), fails on demand, records
 * what it was asked, and replaces the chains. Everything else goes to pebble and back unchanged; pebble sees the
 * facade's host, so that it puts the facade's URLs into its objects.
 */
import { once } from "node:events"
import type { IncomingMessage, ServerResponse } from "node:http"
import { Agent, createServer, request as httpsRequest } from "node:https"
import type { Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { type Certificate, parsePem } from "../../../certs/x509/certificate.ts"
import type { KeyType } from "../../../certs/x509/issue.ts"
import { ChainMaker, type ChainShape } from "./chain-shapes.ts"
import type { Pebble } from "./pebble.ts"

/** Pebble's paths, without what follows. */
const KINDS = {
    directory: "/dir",
    newNonce: "/nonce-plz",
    newAccount: "/sign-me-up",
    newOrder: "/order-plz",
    order: "/my-order/",
    authorization: "/authZ/",
    challenge: "/chalZ/",
    finalize: "/finalize-order/",
    certificate: "/certZ/",
    renewalInfo: "/renewal-info/",
} as const
export type RequestKind = keyof typeof KINDS | "other"

/** A request that the facade has received. */
export interface Asked {
    kind: RequestKind
    method: string
    path: string
    /** of the JWS: an object, or "" of a POST-as-GET; undefined for a GET */
    payload: unknown
    atMs: number
}

/** What happens instead of, or before, the response. */
export type Fault =
    | {
          status: number /** without the namespace: "rateLimited" … */
          type?: string
          detail?: string
          retryAfter?: string
      }
    | { status: number /** as it is, with `contentType` */; body: string; contentType?: string }
    | { delayMs: number }
    | { close: true }

export interface InjectedFault {
    on: RequestKind
    /** how often; default once; Infinity until `clearFaults` */
    times?: number
    /** only for these requests */
    when?: (asked: Asked) => boolean
    fault: Fault
}

/** What `GET renewalInfo/ID` says. */
export interface RenewalReply {
    status?: number
    retryAfter?: string
    body: unknown
}

export interface Facade {
    /** https://localhost:PORT/dir */
    directory: string
    port: number
    /** since the start, or `asked.length = 0` */
    asked: Asked[]
    /** accepted or refused, since the start or `connections = 0` */
    connections: number
    inject(fault: InjectedFault): void
    clearFaults(): void
    /** the CA is down: no connection is accepted */
    isDown: boolean
    /** the renewal information of a certificate id; absent: the CA has none, and its directory does not name it */
    renewalInfo?: (id: string) => RenewalReply
    /** name → description; absent: the directory has none */
    profiles?: Record<string, string>
    /** of a further challenge, DNS-PERSIST-01; absent: it is not offered */
    persistIssuer?: string
    /** the default chain, then the alternate ones; absent: pebble's own */
    chains?: ChainShape[]
    /** of the leaves in `chains` */
    leafLifetimeMs: number
    maker: ChainMaker
    stop(): Promise<void>
}

const DAY_MS = 24 * 3600 * 1000

export interface FacadeOptions {
    /** of the roots and intermediates of `chains` */
    caKeyType?: KeyType
    /** dates of the certificates in `chains` */
    now?: () => Date
}

/** Renewal information of each kind, for `renewalInfo`. */
export const renewalReplies = {
    window: (startMs: number, endMs: number, retryAfter = "21600"): RenewalReply => ({
        retryAfter,
        body: { suggestedWindow: { start: new Date(startMs).toISOString(), end: new Date(endMs).toISOString() } },
    }),
    past: (nowMs: number) => renewalReplies.window(nowMs - 2 * DAY_MS, nowMs - DAY_MS),
    farOff: (): RenewalReply => renewalReplies.window(Date.UTC(2999, 0, 1), Date.UTC(2999, 0, 2)),
    endBeforeStart: (nowMs: number) => renewalReplies.window(nowMs + DAY_MS, nowMs - DAY_MS),
    garbage: (): RenewalReply => ({ body: "<html>maintenance</html>" }),
    notTimes: (): RenewalReply => ({ body: { suggestedWindow: { start: "tomorrow", end: 12 } } }),
}

export async function startFacade(pebble: Pebble, options: FacadeOptions = {}): Promise<Facade> {
    const now = options.now ?? (() => new Date())
    const agent = new Agent({ ca: pebble.httpsCa.rootPem, keepAlive: true })
    const faults: (InjectedFault & { left: number })[] = []
    const sockets = new Set<Socket>()
    const server = createServer({ key: pebble.httpsCa.server.keyPem, cert: pebble.httpsCa.server.chainPem })
    const facade: Facade = {
        directory: "",
        port: 0,
        asked: [],
        connections: 0,
        inject: fault => void faults.push({ ...fault, left: fault.times ?? 1 }),
        clearFaults: () => void faults.splice(0),
        isDown: false,
        leafLifetimeMs: 90 * DAY_MS,
        maker: new ChainMaker(options.caKeyType),
        async stop() {
            const closed = once(server, "close")
            server.close()
            for (const socket of sockets) socket.destroy()
            agent.destroy()
            await closed
        },
    }
    server.on("connection", (socket: Socket) => {
        facade.connections++
        if (facade.isDown) socket.destroy()
        sockets.add(socket)
        socket.once("close", () => sockets.delete(socket))
    })
    server.on("request", (request, response) => {
        void handle({ facade, faults, pebblePort: pebble.port, agent, now }, request, response).catch(error => {
            if (!response.headersSent) response.writeHead(502)
            response.end(String(error))
        })
    })
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    const address = server.address()
    facade.port = typeof address === "object" && address ? address.port : 0
    facade.directory = `https://localhost:${facade.port}/dir`
    return facade
}

interface Replied {
    status: number
    headers: IncomingMessage["headers"]
    body: string
}

/** What the functions below share. */
interface Front {
    facade: Facade
    faults: (InjectedFault & { left: number })[]
    pebblePort: number
    agent: Agent
    now: () => Date
}

async function handle(front: Front, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { facade } = front
    if (facade.isDown) return void request.socket.destroy()
    const body = await textOf(request)
    const asked: Asked = {
        kind: kindOf(request.url ?? "/"),
        method: request.method ?? "GET",
        path: request.url ?? "/",
        payload: payloadOf(body),
        atMs: Date.now(),
    }
    facade.asked.push(asked)
    const fault = takeFault(front.faults, asked)
    if (fault && "close" in fault) return void request.socket.destroy()
    if (fault && "delayMs" in fault) await sleep(fault.delayMs)
    if (fault && "status" in fault) return void send(response, await failed(front, asked, fault))
    send(response, await reply(front, asked, body, request.headers))
}

function kindOf(path: string): RequestKind {
    const found = Object.entries(KINDS).find(([, start]) =>
        start.endsWith("/") ? path.startsWith(start) : path === start,
    )
    return found ? (found[0] as RequestKind) : "other"
}

function payloadOf(body: string): unknown {
    if (body === "") return undefined
    const { payload }: { payload: string } = JSON.parse(body)
    return payload === "" ? "" : JSON.parse(Buffer.from(payload, "base64url").toString("utf8"))
}

function takeFault(faults: Front["faults"], asked: Asked): Fault | undefined {
    const found = faults.find(({ on, left, when }) => on === asked.kind && left > 0 && (when?.(asked) ?? true))
    if (found) found.left--
    return found?.fault
}

/** The response of a fault; with a new nonce, as RFC 8555, 6.5, demands of errors too. */
async function failed(front: Front, asked: Asked, fault: Extract<Fault, { status: number }>): Promise<Replied> {
    const { status } = fault
    const nonce = asked.method === "POST" ? await freshNonce(front) : {}
    if ("body" in fault)
        return { status, headers: { ...nonce, "content-type": fault.contentType ?? "text/html" }, body: fault.body }
    const { type = "serverInternal", detail = "injected", retryAfter } = fault
    const headers = {
        ...nonce,
        "content-type": "application/problem+json",
        ...(retryAfter !== undefined && { "retry-after": retryAfter }),
    }
    return { status, headers, body: JSON.stringify({ type: `urn:ietf:params:acme:error:${type}`, detail, status }) }
}

async function freshNonce(front: Front): Promise<{ "replay-nonce"?: string }> {
    const host = `localhost:${front.facade.port}`
    const { headers } = await askPebble(front, { method: "HEAD", path: KINDS.newNonce }, "", { host })
    const nonce = headers["replay-nonce"]
    return typeof nonce === "string" ? { "replay-nonce": nonce } : {}
}

async function reply(front: Front, asked: Asked, body: string, headers: Replied["headers"]): Promise<Replied> {
    const { facade } = front
    if (asked.kind === "renewalInfo") return renewalReply(facade, asked)
    if (asked.kind === "certificate" && facade.chains) return chainReply(front, asked, body, headers, facade.chains)
    const replied = await askPebble(front, asked, body, headers)
    if (asked.kind === "authorization") return { ...replied, body: withPersistent(facade, replied.body) }
    return asked.kind === "directory" ? { ...replied, body: extended(facade, replied.body) } : replied
}

function withPersistent({ persistIssuer, port }: Facade, body: string): string {
    if (persistIssuer === undefined) return body
    const authorization = JSON.parse(body)
    const url = `https://localhost:${port}/persist`
    const challenge = { type: "dns-persist-01", url, status: "pending", "issuer-domain-names": [persistIssuer] }
    return JSON.stringify({ ...authorization, challenges: [...authorization.challenges, challenge] })
}

function extended(facade: Facade, body: string): string {
    const directory = JSON.parse(body)
    if (facade.renewalInfo) directory.renewalInfo = `https://localhost:${facade.port}${KINDS.renewalInfo.slice(0, -1)}`
    if (facade.profiles) directory.meta = { ...directory.meta, profiles: facade.profiles }
    return JSON.stringify(directory)
}

function renewalReply({ renewalInfo }: Facade, { path }: Asked): Replied {
    const {
        status = 200,
        retryAfter,
        body,
    } = renewalInfo?.(path.slice(KINDS.renewalInfo.length)) ?? { status: 404, body: {} }
    const headers = {
        "content-type": "application/json",
        ...(retryAfter !== undefined && { "retry-after": retryAfter }),
    }
    return { status, headers, body: typeof body === "string" ? body : JSON.stringify(body) }
}

const ALTERNATE = /\/alternate\/(\d+)$/

/** Pebble's leaf decides on key and names; for the alternate chains too, which pebble may not have. */
async function chainReply(
    front: Front,
    asked: Asked,
    body: string,
    headers: Replied["headers"],
    chains: ChainShape[],
): Promise<Replied> {
    const { facade, now } = front
    const at = Number(ALTERNATE.exec(asked.path)?.[1] ?? 0)
    const path = asked.path.replace(ALTERNATE, "")
    const replied = at === 0 ? await askPebble(front, asked, body, headers) : undefined
    if (replied && replied.status !== 200) return replied
    const leaf = replied ? parsePem(replied.body)[0] : leaves.get(path)
    const shape = chains[at]
    if (!leaf || !shape) return { status: 404, headers: {}, body: "" }
    leaves.set(path, leaf)
    const links = chains
        .slice(1)
        .map((_, index) => `<https://localhost:${facade.port}${path}/alternate/${index + 1}>;rel="alternate"`)
    return {
        status: 200,
        headers: {
            "content-type": "application/pem-certificate-chain",
            ...(links.length > 0 && { link: links.join(", ") }),
            ...(await freshNonce(front)),
        },
        body: await facade.maker.chainPem(shape, leaf, facade.leafLifetimeMs, now()),
    }
}

/** leaves of pebble by the path of their certificate: pebble's ids are random */
const leaves = new Map<string, Certificate>()

function askPebble(
    { pebblePort, agent }: Front,
    { method, path }: Pick<Asked, "method" | "path">,
    body: string,
    headers: IncomingMessage["headers"],
): Promise<Replied> {
    return new Promise((resolve, reject) => {
        const sent = httpsRequest({
            host: "localhost",
            port: pebblePort,
            servername: "localhost",
            method,
            path,
            headers,
            agent,
        })
        sent.on("error", reject)
        sent.on("response", response => {
            textOf(response).then(
                text => resolve({ status: response.statusCode ?? 502, headers: response.headers, body: text }),
                reject,
            )
        })
        sent.end(body)
    })
}

function send(response: ServerResponse, { status, headers, body }: Replied): void {
    const { "content-length": _, "transfer-encoding": __, connection: ___, ...kept } = headers
    response.writeHead(status, kept)
    response.end(body)
}

async function textOf(message: IncomingMessage): Promise<string> {
    let text = ""
    for await (const piece of message.setEncoding("utf8")) text += piece
    return text
}
