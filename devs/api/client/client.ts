/** The client of a running server, typed by its OpenAPI document. */
import http from "node:http"
import https from "node:https"
import createClient, { type Client } from "openapi-fetch"
import { AirpinError } from "../../../certs/error.ts"
import { isErrorCode } from "../../../certs/error-codes/table.ts"
import type { Problem, paths } from "./api-types.ts"

/** Far longer than any response takes to begin, or to go on. */
const TIMEOUT_MS = 60_000

export interface ServerAddress {
    /** https://HOST[:PORT] */
    url: string
    /** root certificate of the server's CA, PEM; those of Node.js when absent */
    rootPem?: string | undefined
    /** sent as bearer token */
    token?: string | undefined
    /** of an admin who is logged in */
    cookie?: string | undefined
}

export type ApiClient = Client<paths>

export function connectTo({ url, rootPem, token, cookie }: ServerAddress): ApiClient {
    const baseUrl = url.replace(/\/$/, "")
    return createClient<paths>({
        baseUrl,
        fetch: request => send(request, rootPem),
        headers: {
            ...(token !== undefined && { authorization: `Bearer ${token}` }),
            ...(cookie !== undefined && { cookie, origin: new URL(baseUrl).origin }),
        },
    })
}

/**
 * Logs in as an admin.
 *
 * @returns the cookie of the session
 * @throws AirpinError PASSWORD_WRONG, LOGIN_BUSY, SERVER_UNREACHABLE
 */
export async function logIn({ url, rootPem }: ServerAddress, name: string, password: string): Promise<string> {
    const form = new URLSearchParams({ name, password })
    const headers = { origin: new URL(url).origin, "content-type": "application/x-www-form-urlencoded" }
    const request = new Request(new URL("/log-in", url), { method: "POST", headers, body: form.toString() })
    const response = await send(request, rootPem).catch(cause => {
        throw new AirpinError("SERVER_UNREACHABLE", `${url}: ${messageOf(cause)}`, { cause })
    })
    await response.body?.cancel()
    const [cookie] = response.headers.getSetCookie().map(text => text.split(";", 1)[0])
    if (cookie) return cookie
    if (response.status === 429) throw new AirpinError("LOGIN_BUSY", `${url} refuses further attempts for a while`)
    if (response.status < 500)
        throw new AirpinError("PASSWORD_WRONG", `${url}: no admin has this name and this password`)
    throw new AirpinError("SERVER_UNREACHABLE", `${url} replied with ${response.status}, and not as airpin does`)
}

interface Asked<Body> {
    data?: Body
    error?: unknown
    response: Response
}

/**
 * The body of a response.
 *
 * @throws AirpinError the error that the API replied with; SERVER_UNREACHABLE
 */
export async function bodyOf<Body>(asking: Promise<Asked<Body>>, url: string): Promise<Body> {
    const { data, error, response } = await asking.catch(cause => {
        throw new AirpinError("SERVER_UNREACHABLE", `${url}: ${messageOf(cause)}`, { cause })
    })
    if (data !== undefined) return data
    const { code = "", message = "" }: Partial<Problem> = Object(error)
    if (isErrorCode(code)) throw new AirpinError(code, message)
    throw new AirpinError("SERVER_UNREACHABLE", `${url} replied with ${response.status}, and not as airpin does`)
}

/** Of the cause, where there is one: that says more than "fetch failed". */
function messageOf(error: unknown): string {
    if (!(error instanceof Error)) return String(error)
    return error.cause instanceof Error ? error.cause.message : error.message
}

/** As the global fetch, which cannot be given a CA. Connections are not kept. */
async function send(request: Request, rootPem: string | undefined): Promise<Response> {
    const body = Buffer.from(await request.arrayBuffer())
    const options = { method: request.method, headers: Object.fromEntries(request.headers), timeout: TIMEOUT_MS }
    return new Promise((resolve, reject) => {
        const onResponse = (incoming: http.IncomingMessage) => resolve(responseOf(incoming))
        const isTls = request.url.startsWith("https:")
        const sending = isTls
            ? https.request(request.url, { ...options, agent: false, ca: rootPem }, onResponse)
            : http.request(request.url, { ...options, agent: false }, onResponse)
        sending.on("timeout", () => sending.destroy(new Error("no response")))
        sending.on("error", reject)
        sending.end(body)
    })
}

function responseOf(incoming: http.IncomingMessage): Response {
    const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
    )
    const status = incoming.statusCode ?? 0
    const hasBody = status !== 204 && status !== 304
    return new Response(hasBody ? ReadableStream.from(incoming) : null, { status, headers })
}
