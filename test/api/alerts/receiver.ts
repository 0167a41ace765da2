import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

export interface Received {
    path: string
    headers: Record<string, string>
    body: string
}

/** A server that keeps what it receives, and responds with `status`. */
export class Receiver {
    received: Received[] = []
    status = 200
    /** false: it does not respond */
    responds = true
    headers: Record<string, string> = {}
    #server: Server | undefined

    async start(server: Server): Promise<number> {
        this.#server = server
        server.on("request", (request: IncomingMessage, response: ServerResponse) => {
            const chunks: Buffer[] = []
            request.on("data", chunk => chunks.push(chunk))
            request.on("end", () => {
                const headers = Object.fromEntries(Object.entries(request.headers).map(([k, v]) => [k, String(v)]))
                this.received.push({ path: request.url ?? "", headers, body: Buffer.concat(chunks).toString() })
                if (this.responds) response.writeHead(this.status, this.headers).end()
            })
        })
        await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
        return (server.address() as AddressInfo).port
    }

    stop(): void {
        this.#server?.closeAllConnections()
        this.#server?.close()
    }
}
