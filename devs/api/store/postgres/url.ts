/** `postgres://user:password@host:port/database?sslmode=…`: the URLs of libpq, as far as airpin takes them. */
import { isIP } from "node:net"
import { AirpinError } from "../../../../certs/error.ts"

const DEFAULT_PORT = 5432

/** What libpq knows beyond these either weakens the verification of the server, or has no equivalent here. */
const parameters = ["host", "application_name", "sslmode", "sslrootcert", "sslcert", "sslkey"]

/** Files of the TLS connection to the server; without `rootCert` the roots of Node.js are trusted. */
export interface TlsFiles {
    rootCert?: string
    cert?: string
    key?: string
}

export interface PostgresAddress {
    /** host name, IP address, or the folder of a Unix socket */
    host: string
    port: number
    database: string
    user?: string
    password?: string
    applicationName: string
    /** absent: a plain connection, which only a Unix socket and the loopback addresses may have */
    tls?: TlsFiles
}

/** True for what `parsePostgresUrl` takes, and false for the path of a file. */
export function isPostgresUrl(place: string): boolean {
    return /^postgres(ql)?:\/\//.test(place)
}

/**
 * TLS is the default for a server on another machine, and its certificate is always verified as with
 * `sslmode=verify-full`. The values of sslmode that do not verify it are refused, not replaced by a stricter one.
 *
 * @throws AirpinError STORE_URL_INVALID, without the password
 */
export function parsePostgresUrl(text: string): PostgresAddress {
    const url = parse(text)
    const query = url.searchParams
    for (const name of query.keys())
        if (!parameters.includes(name)) throw invalid(`airpin knows no parameter ${name}`, knownParameters)
    const host = decode(url.hostname).replace(/^\[(.*)\]$/, "$1") || query.get("host") || "localhost"
    if (host.includes(",")) throw invalid("it names several hosts", "put a balancer in front, or name one host")
    const database = decode(url.pathname.slice(1))
    if (database === "") throw invalid("it names no database")
    const tls = tlsOf(host, query)
    return {
        host,
        port: Number(url.port || DEFAULT_PORT),
        database,
        ...(url.username && { user: decode(url.username) }),
        ...(url.password && { password: decode(url.password) }),
        applicationName: query.get("application_name") ?? "airpin",
        ...(tls && { tls }),
    }
}

const knownParameters = `leave it out; known are ${parameters.join(", ")}`

/** For people: without user and password. */
export function placeOf({ host, port, database }: PostgresAddress): string {
    if (host.startsWith("/")) return `postgres:///${database}?host=${host}`
    return `postgres://${host.includes(":") ? `[${host}]` : host}:${port}/${database}`
}

function parse(text: string): URL {
    try {
        return new URL(text)
    } catch {
        throw invalid("it is not a URL", "encode special characters of the password, such as @ as %40")
    }
}

function decode(text: string): string {
    try {
        return decodeURIComponent(text)
    } catch {
        throw invalid("a % in it is not followed by two hexadecimal digits", "write % as %25")
    }
}

function tlsOf(host: string, query: URLSearchParams): TlsFiles | undefined {
    const mode = query.get("sslmode") ?? (isOnThisMachine(host) ? "disable" : "verify-full")
    if (mode === "disable") {
        if (isOnThisMachine(host)) return undefined
        throw invalid(
            `sslmode=disable, and ${host} is another machine: readings and password would be readable on the way`,
            "leave out sslmode, and give the server a certificate",
        )
    }
    if (mode !== "verify-full")
        throw invalid(`sslmode=${mode} does not verify the server`, "write sslmode=verify-full, or leave it out")
    const [rootCert, cert, key] = ["sslrootcert", "sslcert", "sslkey"].map(name => query.get(name))
    return { ...(rootCert && rootCert !== "system" && { rootCert }), ...(cert && { cert }), ...(key && { key }) }
}

function isOnThisMachine(host: string): boolean {
    return (
        host.startsWith("/") || host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."))
    )
}

function invalid(what: string, nextStep?: string): AirpinError {
    return new AirpinError("STORE_URL_INVALID", `the URL of the database: ${what}`, nextStep)
}
