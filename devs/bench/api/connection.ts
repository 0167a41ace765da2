/** One keep-alive TLS 1.2 connection, as a device has it, with as little work per request as can be. */
import { once } from "node:events"
import { connect, type SecureContext, type TLSSocket } from "node:tls"

/** What the chip's mbedTLS and `airpin serve` agree on. */
export const DEVICE_CIPHER = "ECDHE-ECDSA-AES128-GCM-SHA256"

const HEAD_END = "\r\n\r\n"

export interface Response {
    status: number
    body: string
}

interface Waiting {
    resolve(response: Response): void
    reject(error: Error): void
}

export class Connection {
    readonly #socket: TLSSocket
    #received = ""
    #waiting: Waiting | undefined

    private constructor(socket: TLSSocket) {
        this.#socket = socket
        socket.setNoDelay(true)
        socket.on("data", (bytes: Buffer) => this.#receive(bytes))
        socket.on("error", error => this.#fail(error))
        socket.on("close", () => this.#fail(new Error("the server closed the connection")))
    }

    /** @throws errors of TLS and of the socket as they are */
    static async open(port: number, secureContext: SecureContext): Promise<Connection> {
        const options = { host: "127.0.0.1", port, servername: "localhost", secureContext } as const
        const socket = connect({ ...options, maxVersion: "TLSv1.2" })
        await once(socket, "secureConnect")
        return new Connection(socket)
    }

    /**
     * Sends a request and waits for its response. One at a time.
     *
     * @throws Error if the connection ends before
     */
    ask(request: string): Promise<Response> {
        return new Promise((resolve, reject) => {
            if (this.#socket.destroyed) return reject(new Error("the connection is closed"))
            this.#waiting = { resolve, reject }
            this.#socket.write(request)
        })
    }

    close(): void {
        this.#socket.destroy()
    }

    #receive(bytes: Buffer): void {
        this.#received += bytes.toString("latin1")
        const response = wholeResponse(this.#received)
        if (response === undefined) return
        this.#received = ""
        this.#take()?.resolve(response)
    }

    #fail(error: Error): void {
        this.#take()?.reject(error)
    }

    #take(): Waiting | undefined {
        const waiting = this.#waiting
        this.#waiting = undefined
        return waiting
    }
}

/** A POST of readings as a device writes it. */
export function postText(token: string, body: string): string {
    return `POST /api/v1/readings HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}${HEAD_END}${body}`
}

/** Undefined until all of it is there. Its length must be in the head: a device's response has it. */
function wholeResponse(text: string): Response | undefined {
    const headEnd = text.indexOf(HEAD_END)
    if (headEnd < 0) return undefined
    const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, headEnd))?.[1]
    if (length === undefined) throw new Error(`the response has no Content-Length: ${text.slice(0, headEnd)}`)
    const body = text.slice(headEnd + HEAD_END.length)
    return body.length < Number(length) ? undefined : { status: Number(text.slice(9, 12)), body }
}
