/** Servers as the command line names them. */
import { AirpinError } from "../../certs/error.ts"

const HTTPS_PORT = 443
/** a fleet has one API server and perhaps a spare; a longer list is most likely a shell wildcard gone wrong */
const MAX_SERVERS = 16

/** A server to pin or to check. */
export interface ServerAddress {
    /** DNS name or IP address, IPv6 without brackets */
    host: string
    port: number
    /** the name for SNI, and the name its certificate must be issued for */
    serverName: string
    /** HOST:PORT, as it stands in the lock */
    label: string
}

/**
 * Reads HOST, HOST:PORT, [IPv6]:PORT or a URL. Default port: 443.
 *
 * @throws AirpinError HOST_INVALID
 */
export function parseHostPort(text: string): Pick<ServerAddress, "host" | "port"> {
    const url = text.includes("://") && URL.canParse(text) ? text : `https://${text}`
    const { hostname, port } = URL.canParse(url) ? new URL(url) : { hostname: "", port: "" }
    if (!hostname) throw new AirpinError("HOST_INVALID", `"${text}" is not a HOST[:PORT]`)
    return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) || HTTPS_PORT }
}

/**
 * The servers named by HOST, HOST:PORT, [IPv6]:PORT or URL, or by --servername alone.
 *
 * @throws AirpinError HOST_MISSING, HOST_INVALID, HOST_AMBIGUOUS, HOST_TOO_MANY
 */
export function parseServerAddresses({
    host = [],
    servername,
    chain,
}: {
    host?: string[]
    servername?: string
    chain?: string
}): ServerAddress[] {
    const named = host.length > 0 ? host : servername ? [servername] : []
    if (named.length === 0) {
        throw new AirpinError(
            "HOST_MISSING",
            "no server given",
            "name one: airpin pin HOST[:PORT]…, or --chain FILE --servername NAME",
        )
    }
    if (named.length > 1 && (servername ?? chain) !== undefined) {
        throw new AirpinError("HOST_AMBIGUOUS", "--chain and --servername apply to one server only")
    }
    if (named.length > MAX_SERVERS)
        throw new AirpinError("HOST_TOO_MANY", `${named.length} servers are more than the limit of ${MAX_SERVERS}`)
    return named.map(text => {
        const { host, port } = parseHostPort(text)
        return { host, port, serverName: servername ?? host, label: `${host}:${port}` }
    })
}
