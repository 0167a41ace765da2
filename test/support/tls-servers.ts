/** Real servers on loopback for the tests, and the certificates they present. */
import { mkdtemp, rm } from "node:fs/promises"
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from "node:tls"
import { encodeBundle } from "../../certs/bundle/bundle.ts"
import { type CaOptions, type LocalCa, openOrCreateLocalCa } from "../../certs/local-ca.ts"
import { parsePem } from "../../certs/x509/certificate.ts"

/** A CA in a folder of its own, removed after the suite. */
export async function temporaryCa(options?: CaOptions): Promise<LocalCa> {
    const directory = await mkdtemp(path.join(tmpdir(), "airpin-ca-"))
    after(() => rm(directory, { recursive: true, force: true }))
    return openOrCreateLocalCa(path.join(directory, "ca"), options)
}

/** The bundle that pins a CA's root. */
export const bundleOf = (localCa: Pick<LocalCa, "rootPem">): Buffer => encodeBundle(parsePem(localCa.rootPem))

export interface RunningServer {
    port: number
    /** bytes of plaintext that clients have sent */
    received(): string
    close(): Promise<void>
}

/** A TLS server; `respond` receives each piece of plaintext. */
export function tlsServer(
    options: TlsOptions,
    respond: (socket: TLSSocket, text: string) => void = () => undefined,
): Promise<RunningServer> {
    let received = ""
    const server = createTlsServer(options, socket => {
        socket.on("error", () => undefined)
        socket.on("data", data => {
            received += data.toString("latin1")
            respond(socket, data.toString("latin1"))
        })
    })
    server.on("tlsClientError", () => undefined)
    return listening(server, () => received)
}

/** A TCP server that calls `onConnection` for each connection. */
export function tcpServer(onConnection: (socket: Socket) => void): Promise<RunningServer> {
    let received = ""
    const server = createTcpServer(socket => {
        socket.on("error", () => undefined)
        socket.on("data", data => (received += data.toString("latin1")))
        onConnection(socket)
    })
    return listening(server, () => received)
}

async function listening(server: Server, received: () => string): Promise<RunningServer> {
    const sockets = new Set<Socket>()
    server.on("connection", (socket: Socket) => {
        sockets.add(socket)
        socket.once("close", () => sockets.delete(socket))
    })
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
    const close = () =>
        new Promise<void>(resolve => {
            server.close(() => resolve())
            for (const socket of sockets) socket.destroy()
        })
    after(close)
    return { port: (server.address() as AddressInfo).port, received, close }
}
