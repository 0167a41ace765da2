/**
 * A TCP connection between two machines that can be cut as a pulled cable does it: nothing arrives any more and no side
 * is told. What was sent in between arrives once the cable is back, if both sides have waited for it.
 */
import { once } from "node:events"
import { connect, createServer, type Server, type Socket } from "node:net"

const HOST = "127.0.0.1"

export class Link {
    readonly #targetPort: number
    readonly #server: Server
    readonly #pairs = new Set<[client: Socket, server: Socket]>()
    /** accepted while the link was cut */
    readonly #waiting = new Set<Socket>()
    #isCut = false

    private constructor(targetPort: number) {
        this.#targetPort = targetPort
        this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, socket => this.#accept(socket))
    }

    /** A link from a port of its own to a port of this machine. */
    static async open(targetPort: number): Promise<Link> {
        const link = new Link(targetPort)
        link.#server.listen(0, HOST)
        await once(link.#server, "listening")
        return link
    }

    /** Whoever connects to this port reaches the target. */
    get port(): number {
        const address = this.#server.address()
        if (address === null || typeof address === "string") throw new Error("the link does not listen")
        return address.port
    }

    cut(): void {
        this.#isCut = true
        for (const socket of [...this.#pairs].flat()) socket.pause()
    }

    heal(): void {
        this.#isCut = false
        for (const pair of this.#pairs) {
            if (pair.some(socket => socket.destroyed)) this.#end(pair)
            else for (const socket of pair) socket.resume()
        }
        for (const socket of this.#waiting) this.#forward(socket)
        this.#waiting.clear()
    }

    /** Ends every connection; what was on the way is lost, as if the machine behind the link were gone. */
    drop(): void {
        for (const socket of [...[...this.#pairs].flat(), ...this.#waiting]) socket.destroy()
        this.#pairs.clear()
        this.#waiting.clear()
    }

    close(): void {
        this.#server.close()
        this.drop()
    }

    #accept(client: Socket): void {
        client.on("error", () => client.destroy())
        if (!this.#isCut) {
            this.#forward(client)
            return
        }
        this.#waiting.add(client)
        client.once("close", () => this.#waiting.delete(client))
    }

    #forward(client: Socket): void {
        const server = connect({ port: this.#targetPort, host: HOST, allowHalfOpen: true })
        server.on("error", () => server.destroy())
        const pair: [Socket, Socket] = [client, server]
        this.#pairs.add(pair)
        this.#carry(client, server, pair)
        this.#carry(server, client, pair)
    }

    /** Hands on what one socket receives, its end, and that it broke. */
    #carry(from: Socket, to: Socket, pair: [Socket, Socket]): void {
        from.setNoDelay(true)
        from.on("data", data => {
            if (to.write(data)) return
            from.pause()
            to.once("drain", () => this.#isCut || from.resume())
        })
        from.once("end", () => to.end())
        from.once("close", () => this.#isCut || this.#end(pair))
        from.resume()
    }

    /** Each socket ends what it still has to send. */
    #end(pair: [Socket, Socket]): void {
        this.#pairs.delete(pair)
        for (const socket of pair) socket.destroySoon()
    }
}
