import { createPrivateKey, X509Certificate } from "node:crypto"
import http from "node:http"
import https from "node:https"
import type { Socket } from "node:net"
import type { FastifyInstance } from "fastify"
import { AirpinError } from "../../certs/error.ts"
import { replyToClientError } from "./client-errors.ts"

/**
 * How long a connection stays open between two requests. A device keeps one
 * and posts a batch every 5 to 15 minutes by default, or once an hour at the
 * longest interval with a batch of one; twice that leaves time for retries.
 */
const KEEP_ALIVE_TIMEOUT_MS = 2 * 3_600_000

/** A batch is a few hundred bytes: a minute is enough on the slowest line. */
const REQUEST_TIMEOUT_MS = 60_000
const HEADERS_TIMEOUT_MS = 60_000

/** How often Node checks the two timeouts above. */
const CHECKING_INTERVAL_MS = 15_000

/** An ESP32 takes 1 to 3 s for a handshake. */
const HANDSHAKE_TIMEOUT_MS = 30_000

/** Time for open requests to finish when the server closes. */
const CLOSE_GRACE_MS = 500

/**
 * TLS 1.2 with forward secrecy and AES-GCM, which is what the chip's mbedTLS
 * offers first, and TLS 1.3 for browsers.
 */
const CIPHERS = [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
].join(":")

export interface ServeOptions {
    app: FastifyInstance
    /** address to listen on; 127.0.0.1 when absent */
    host?: string
    /** 0 chooses a free one */
    port: number
    /** private key and certificate chain, PEM: HTTPS. The chain is sent as given. Without both: HTTP. */
    keyPem?: string
    certPem?: string
}

/** The private key and its certificate chain, leaf first. */
export interface TlsFiles {
    keyPem: string
    certPem: string
}

export interface Serving {
    /** https://host:port, or http://host:port */
    url: string
    port: number
    /**
     * From now on new connections get this certificate; open ones go on.
     *
     * @throws AirpinError TLS_KEY_INVALID; then the server keeps its certificate
     */
    replaceCertificate(files: TlsFiles): void
    /** Closes every connection, idle ones at once, and the app. The store stays open. */
    close(): Promise<void>
}

/**
 * Listens on a port and serves the app.
 *
 * @throws AirpinError PORT_IN_USE, PORT_FORBIDDEN, ADDRESS_UNAVAILABLE, TLS_KEY_INVALID
 */
export async function serve(options: ServeOptions): Promise<Serving> {
    const { app, host = "127.0.0.1", port } = options
    await app.ready()
    const server = makeServer(options)
    server.on("clientError", (error, socket) => replyToClientError(error, socket, app.dateHeader()))
    const sockets = trackSockets(server)
    await listen(server, host, port)
    const address = server.address()
    const actual = address !== null && typeof address === "object" ? address.port : port
    const close = async (): Promise<void> => {
        await closeServer(server, sockets)
        await app.close()
    }
    const replaceCertificate = (files: TlsFiles): void => {
        if (server instanceof https.Server) usingKey(() => server.setSecureContext(tlsOptions(files)))
    }
    return {
        url: `${options.keyPem ? "https" : "http"}://${urlHost(host)}:${actual}`,
        port: actual,
        replaceCertificate,
        close,
    }
}

function makeServer({ app, keyPem, certPem }: ServeOptions): http.Server {
    const limits = {
        keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        headersTimeout: HEADERS_TIMEOUT_MS,
        connectionsCheckingInterval: CHECKING_INTERVAL_MS,
    }
    if (keyPem === undefined || certPem === undefined) return http.createServer(limits, app.routing)
    return usingKey(() => {
        const tls = { ...tlsOptions({ keyPem, certPem }), handshakeTimeout: HANDSHAKE_TIMEOUT_MS }
        return https.createServer({ ...limits, ...tls }, app.routing)
    })
}

/** Throws what `usingKey` turns into an AirpinError. */
function tlsOptions({ keyPem, certPem }: TlsFiles) {
    // OpenSSL does not compare a key of another kind than the certificate's.
    if (!new X509Certificate(certPem).checkPrivateKey(createPrivateKey(keyPem)))
        throw new Error("the key is not the certificate's")
    return { key: keyPem, cert: certPem, minVersion: "TLSv1.2", ciphers: CIPHERS } as const
}

/** @throws AirpinError TLS_KEY_INVALID if the work fails */
function usingKey<Result>(work: () => Result): Result {
    try {
        return work()
    } catch (error) {
        throw new AirpinError("TLS_KEY_INVALID", "the private key and the certificate chain do not make a TLS server", {
            cause: error,
        })
    }
}

/** Every open TCP connection, including those in their TLS handshake, which Node's own list leaves out. */
function trackSockets(server: http.Server): Set<Socket> {
    const sockets = new Set<Socket>()
    server.on("connection", (socket: Socket) => {
        sockets.add(socket)
        socket.once("close", () => sockets.delete(socket))
    })
    return sockets
}

function listen(server: http.Server, host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
        server.once("error", error => reject(listenError(error, host, port)))
        server.listen(port, host, resolve)
    })
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
    const place = `port ${port} of ${host}`
    switch (error.code) {
        case "EADDRINUSE":
            return new AirpinError("PORT_IN_USE", `${place} is in use`, {
                cause: error,
            })
        case "EACCES":
            return new AirpinError("PORT_FORBIDDEN", `this user may not listen on ${place}`, { cause: error })
        case "EADDRNOTAVAIL":
        case "ENOTFOUND":
            return new AirpinError("ADDRESS_UNAVAILABLE", `${host} is not an address of this machine`, { cause: error })
        default:
            return error
    }
}

function closeServer(server: http.Server, sockets: Set<Socket>): Promise<void> {
    return new Promise(resolve => {
        const end = setTimeout(() => sockets.forEach(socket => socket.destroy()), CLOSE_GRACE_MS)
        server.close(() => {
            clearTimeout(end)
            resolve()
        })
        server.closeIdleConnections()
    })
}

/** IPv6 addresses are written in brackets (RFC 3986 section 3.2.2). */
function urlHost(host: string): string {
    return host.includes(":") ? `[${host}]` : host
}
