import http from "node:http"
import https from "node:https"
import { AirpinError } from "../../../../certs/error.ts"
import { MAX_SEND_MS } from "./channel.ts"

/** Bytes of an error response that are shown. */
const MAX_SHOWN = 200

export interface PostRequest {
    url: URL
    headers: Record<string, string>
    body: string
    /** certificates to trust, PEM; those of Node.js when absent */
    ca: string[] | undefined
}

/**
 * Posts to a web server; its certificate is verified. Redirects are not followed, because the request has a secret.
 *
 * @throws AirpinError ALERT_UNDELIVERED unless the response is 2xx
 */
export function post({ url, headers, body, ca }: PostRequest): Promise<void> {
    const request = {
        method: "POST",
        headers: { "user-agent": "airpin", "content-length": Buffer.byteLength(body), ...headers },
        agent: false,
        signal: AbortSignal.timeout(MAX_SEND_MS),
    }
    return new Promise((resolve, reject) => {
        const fail = (why: string, cause?: unknown) =>
            reject(new AirpinError("ALERT_UNDELIVERED", `${url.host}: ${why}`, { cause }))
        const onResponse = (response: http.IncomingMessage): void => {
            const { statusCode = 0 } = response
            response.on("error", () => undefined) // of a body that is not read
            response.resume()
            if (statusCode >= 200 && statusCode < 300) resolve()
            else fail(`it responded ${statusCode} ${response.statusMessage?.slice(0, MAX_SHOWN)}`)
        }
        const sent =
            url.protocol === "https:"
                ? https.request(url, { ...request, ca }, onResponse)
                : http.request(url, request, onResponse)
        sent.on("error", error => fail(failureOf(error), error))
        sent.end(body)
    })
}

function failureOf({ name, message, code }: NodeJS.ErrnoException): string {
    if (name === "AbortError" || name === "TimeoutError") return `no response within ${MAX_SEND_MS / 1000} s`
    return code === undefined ? message : `${code}: ${message}`
}
