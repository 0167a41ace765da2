import { once } from "node:events"
import https from "node:https"
import { text } from "node:stream/consumers"

export interface PostOptions {
    agent: https.Agent
    port: number
    path: string
    token: string
    body: object
    timeoutMs: number
}

/** @throws Error without a whole response in time: with a code, if it is one of the connection */
export async function postJson(options: PostOptions): Promise<{ status: number; body: string }> {
    const { agent, port, path, token, body, timeoutMs } = options
    const payload = JSON.stringify(body)
    const request = https.request({
        method: "POST",
        host: "localhost",
        port,
        path,
        agent,
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
            authorization: `Bearer ${token}`,
            "content-type": "application/json",
            "content-length": Buffer.byteLength(payload),
        },
    })
    request.end(payload)
    const [response] = await once(request, "response")
    return { status: response.statusCode, body: await text(response) }
}
