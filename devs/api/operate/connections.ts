/** Bounds how many connections are open, in all and from one address, and lists them. */
import type { Server } from "node:http"
import type { Socket } from "node:net"

export interface ConnectionLimits {
    /** open connections in all */
    total: number
    /** from one address; a school's devices and browsers may share that of a router */
    perAddress: number
    /** addresses that the second limit does not hold for: by default this machine, where a proxy may run */
    isExempt?: (address: string) => boolean
}

export const DEFAULT_LIMITS: ConnectionLimits = { total: 10_000, perAddress: 500 }

/** Which limit a connection was closed for. */
export type LimitName = "total" | "perAddress"

/** Every open TCP connection, including those in their TLS handshake, which Node's own list leaves out. */
export class Connections {
    readonly #sockets = new Set<Socket>()
    readonly #byAddress = new Map<string, number>()

    /** @param onRefused called for each connection that is closed because of a limit */
    constructor(
        server: Server,
        { total, perAddress, isExempt = isLoopback }: ConnectionLimits,
        onRefused: (limit: LimitName, address: string) => void,
    ) {
        server.maxConnections = total
        server.on("drop", data => onRefused("total", data?.remoteAddress ?? "unknown"))
        server.on("connection", (socket: Socket) => {
            const address = socket.remoteAddress ?? "unknown"
            this.#add(socket, address)
            if (this.#countOf(address) <= perAddress || isExempt(address)) return
            socket.destroy()
            onRefused("perAddress", address)
        })
    }

    get count(): number {
        return this.#sockets.size
    }

    destroyAll(): void {
        for (const socket of this.#sockets) socket.destroy()
    }

    #add(socket: Socket, address: string): void {
        this.#sockets.add(socket)
        this.#byAddress.set(address, this.#countOf(address) + 1)
        socket.once("close", () => this.#remove(socket, address))
    }

    #remove(socket: Socket, address: string): void {
        this.#sockets.delete(socket)
        const count = this.#countOf(address) - 1
        if (count > 0) this.#byAddress.set(address, count)
        else this.#byAddress.delete(address)
    }

    #countOf(address: string): number {
        return this.#byAddress.get(address) ?? 0
    }
}

/** True for an address of this machine, as sockets show it. */
export function isLoopback(address: string): boolean {
    return address === "::1" || /^(::ffff:)?127\./.test(address)
}
