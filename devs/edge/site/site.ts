/** What the sites for nginx and HAProxy have in common: settings, TLS, times and limits. */
import path from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { isIpAddress, requireServerName } from "../../../certs/x509/server-name.ts"

export interface Site {
    /** DNS names; requests for others are refused */
    names: string[]
    /** HOST:PORT of each API process */
    upstreams: string[]
    /** the edge folder, absolute: its `live` has the certificate */
    folder: string
    /** a second edge folder with an RSA certificate, for clients without ECDSA; absolute */
    rsaFolder?: string
    /** to listen on; IPv6 in brackets */
    addresses: string[]
    httpPort: number
    httpsPort: number
    /** true: other names than these are refused here; false: another site on the same ports does that */
    isDefault: boolean
}

/**
 * TLS 1.2 suites in the server's order: those of `serve`, which the chip offers first (ECDHE with AES-GCM, ECDSA before
 * RSA), then ChaCha20 for phones without AES instructions. The chip has no ChaCha20, no DHE.
 */
export const TLS12_SUITES = [
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
]

/** Groups that the chip offers and OpenSSL takes everywhere. P-384 is also what a P-384 certificate needs. */
export const GROUPS = ["X25519", "P-256", "P-384"]

/** As `serve`: a device posts once an hour at its longest interval with a batch of one; twice that leaves retries. */
export const KEEP_ALIVE_S = 2 * 3600

/** After this a connection ends with its next response: at most one handshake a device-day. */
export const MAX_CONNECTION_S = 24 * 3600

/** More than a device posts in a day: 17,280 at the shortest interval with a batch of one. */
export const MAX_REQUESTS = 100_000

/** A batch is a few hundred bytes: a minute is enough on the slowest line. The API has the same. */
export const CLIENT_TIMEOUT_S = 60

/** To an API process in the same network. */
export const CONNECT_TIMEOUT_S = 2

/**
 * A device gives an exchange 20 s (src/uplink/http.ts), and the API gives a statement 12 s (store/postgres). With two
 * attempts to connect that take all their time, a 504 comes after 19 s.
 */
export const POST_TIMEOUT_S = 15

/** No second upstream is tried after this, so that the device still waits for the response. */
export const NEXT_UPSTREAM_S = 5

/** The API ends what moves nothing for a minute by itself; a stream of events has one every 10 s. */
export const READ_TIMEOUT_S = 75

/** The API's limit of a batch, and Fastify's default for all others, bytes. */
export const MAX_BATCH_BYTES = 16 * 1024
export const MAX_BODY_BYTES = 1024 * 1024

/** Requests at once from one address. The API's limit of connections does not count those of a proxy. */
export const MAX_PER_ADDRESS = 500

/** Devices and tools wait this long after a 502, 503 or 504 of the proxy itself; devices add up to 2 s. */
export const RETRY_AFTER_S = 30

/** A year, as the API's own header. */
export const TRANSPORT_SECURITY = `max-age=${365 * 24 * 3600}`

export const CHALLENGE_PATH = "/.well-known/acme-challenge/"
/** of batches, and of batches in their short form */
export const BATCH_PATHS = ["/api/v1/readings", "/r"]
export const STREAM_PATH = "/api/v1/stream"
/** the token of a link follows */
export const LINK_PATH = "/v/"

/** Certificate files of an edge folder. */
export function liveFiles(folder: string) {
    const live = path.join(folder, "live")
    return {
        chain: path.join(live, "fullchain.pem"),
        key: path.join(live, "privkey.pem"),
        combined: path.join(live, "combined.pem"),
    }
}

/** The first line of a file, by which airpin knows its own. */
export const WRITTEN_BY = "# Written by airpin edge"

/** A file name in a configuration that has no quotes. */
const PLAIN_PATH = /^\/[\w./@+-]*$/

/** HOST:PORT with a name, an IPv4 address, or an IPv6 address in brackets. */
const HOST_PORT = /^(\[[0-9a-f:]+\]|[\w.-]+):(\d{1,5})$/i
const MAX_PORT = 65_535

/**
 * Everything that goes into a configuration is checked, so that no text can become a directive.
 *
 * @param files absolute names of files and folders that the configuration has
 * @throws AirpinError SITE_INVALID, SERVER_NAME_INVALID
 */
export function requireSite({ names, upstreams, addresses }: Site, files: string[]): void {
    for (const name of names) {
        requireServerName(name)
        if (isIpAddress(name)) throw invalid(`${name} is an address: a certificate and its site need DNS names`)
    }
    for (const place of upstreams) requireHostPort(place)
    for (const address of addresses) requireHostPort(`${address}:1`)
    for (const file of files)
        if (!PLAIN_PATH.test(file)) throw invalid(`${file} has characters that a configuration cannot have`)
}

/** @throws AirpinError SITE_INVALID */
export function requireHostPort(place: string): void {
    const port = HOST_PORT.exec(place)?.[2]
    if (port === undefined || Number(port) < 1 || Number(port) > MAX_PORT)
        throw invalid(`${JSON.stringify(place)} is not HOST:PORT`)
}

function invalid(message: string): AirpinError {
    return new AirpinError("SITE_INVALID", message)
}

/** A name for parts of the configuration that several sites on one machine must not share. */
export const siteId = ([name = ""]: string[]): string => `airpin_${name.replaceAll(/[^a-z0-9]/gi, "_")}`

/** ":8443", or nothing for the port that a URL of the scheme need not name. */
export const portSuffix = (port: number, usual: number): string => (port === usual ? "" : `:${port}`)
