import { once } from "node:events"
import net from "node:net"
import tls from "node:tls"

/** A connection that shows every byte: TLS verified with the given CA, or plain TCP without one. */
export class RawConnection {
    readonly socket: net.Socket
    #text = ""

    private constructor(socket: net.Socket) {
        this.socket = socket
        socket.on("data", bytes => (this.#text += bytes.toString("latin1")))
        socket.on("error", () => undefined)
    }

    static async open(port: number, ca?: string, more: tls.ConnectionOptions = {}): Promise<RawConnection> {
        const address = { host: "127.0.0.1", port }
        const socket = ca === undefined ? net.connect(address) : tls.connect({ ...address, ca, ...more })
        const connection = new RawConnection(socket)
        await once(socket, ca === undefined ? "connect" : "secureConnect")
        return connection
    }

    /** Sends text and returns what is received until it ends with `end`. */
    async ask(text: string, end: string): Promise<string> {
        this.#text = ""
        this.socket.write(text)
        while (!this.#text.endsWith(end)) await Promise.race([once(this.socket, "data"), this.#closed()])
        return this.#text
    }

    /** Sends text and returns what is received until the other side closes. */
    async toEnd(text: string): Promise<string> {
        this.socket.write(text)
        await once(this.socket, "close")
        return this.#text
    }

    async #closed(): Promise<never> {
        await once(this.socket, "close")
        throw new Error(`closed after ${JSON.stringify(this.#text)}`)
    }
}

/** A POST as the device writes it. */
export function rawPost(token: string, body: string): string {
    const head = ["POST /api/v1/readings HTTP/1.1", "Host: localhost", `Authorization: Bearer ${token}`]
    return [...head, "Content-Type: application/json", `Content-Length: ${body.length}`, "", body].join("\r\n")
}
