import { constants, createPrivateKey, X509Certificate } from "node:crypto"
import http from "node:http"
import https from "node:https"
import type { Socket } from "node:net"
import type { FastifyInstance } from "fastify"
import { AirpinError } from "../../certs/error.ts"
import { replyToClientError } from "./client-errors.ts"
import { type ConnectionLimits, Connections, DEFAULT_LIMITS } from "./operate/connections.ts"
import { recordFailedConnection } from "./operate/failed-connections.ts"
import { OpenResponses } from "./operate/open-responses.ts"

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

/**
 * A request of which nothing moves for so long loses its connection: a client that does not read its response, or a
 * query that never ends. Node.js restarts this time whenever the client has taken a part of the response.
 */
const STALLED_TIMEOUT_MS = 60_000

/**
 * When the server closes: time for open requests to finish, and then for what is no request yet, such as a handshake.
 * A device's post takes 1.1 s at most, unless the disk is slow.
 */
const CLOSE_REQUESTS_MS = 2_000
const CLOSE_OTHERS_MS = 200

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
    /** of connections; `DEFAULT_LIMITS` when absent */
    limits?: ConnectionLimits
    /** what may wait in memory for clients that do not read; that of OpenResponses when absent */
    maxUnsentBytes?: number
    stalledTimeoutMs?: number
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
    /** requests without a complete response */
    readonly openResponses: number
    /**
     * From now on new connections get this certificate; open ones go on.
     *
     * @throws AirpinError TLS_KEY_INVALID; then the server keeps its certificate
     */
    replaceCertificate(files: TlsFiles): void
    /**
     * Accepts no more connections, closes idle ones, lets open requests finish within 2 s, and closes the app. The
     * database stays open.
     */
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
    server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
        recordFailedConnection(app, error, socket.remoteAddress)
        replyToClientError(error, socket, app.dateHeader())
    })
    const { connections, responses } = bounded(server, options)
    await listen(server, host, port)
    const address = server.address()
    const actual = address !== null && typeof address === "object" ? address.port : port
    const close = async (): Promise<void> => {
        app.endStreams()
        await closeServer(server, connections, responses)
        await app.close()
    }
    const replaceCertificate = (files: TlsFiles): void => {
        if (server instanceof https.Server) usingKey(() => server.setSecureContext(tlsOptions(files)))
    }
    return {
        url: `${options.keyPem ? "https" : "http"}://${urlHost(host)}:${actual}`,
        port: actual,
        get openResponses() {
            return responses.count
        },
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
    const secureOptions = constants.SSL_OP_NO_RENEGOTIATION
    return { key: keyPem, cert: certPem, minVersion: "TLSv1.2", ciphers: CIPHERS, secureOptions } as const
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

/** Applies the limits on connections and on what clients leave unread, and logs what they refuse. */
function bounded(server: http.Server, { app, limits = DEFAULT_LIMITS, ...options }: ServeOptions) {
    server.setTimeout(options.stalledTimeoutMs ?? STALLED_TIMEOUT_MS)
    const connections = new Connections(server, limits, (limit, address) => {
        app.metrics.connectionsRefused.inc({ limit })
        app.events.record("warn", "CONNECTION_LIMIT", address, { limit, open: connections.count })
    })
    const responses = new OpenResponses(server, {
        maxUnsentBytes: options.maxUnsentBytes,
        onCut: count => {
            app.metrics.responsesCut.inc(count)
            app.events.record("warn", "RESPONSE_UNREAD", "all", { cut: count })
        },
    })
    app.metrics.observe({ connections, responses })
    return { connections, responses }
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

async function closeServer(server: http.Server, connections: Connections, responses: OpenResponses): Promise<void> {
    const closed = new Promise(resolve => server.close(resolve))
    await responses.end(CLOSE_REQUESTS_MS)
    const end = setTimeout(() => connections.destroyAll(), CLOSE_OTHERS_MS)
    await closed
    clearTimeout(end)
}

/** IPv6 addresses are written in brackets (RFC 3986 section 3.2.2). */
function urlHost(host: string): string {
    return host.includes(":") ? `[${host}]` : host
}
