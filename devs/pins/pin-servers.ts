/** What the command line says of servers. */
import { AirpinError } from "../../certs/error.ts"

const HTTPS_PORT = 443
/** a fleet has an API and a spare one; more names than this are a mistake of a shell's wildcard */
const MAX_SERVERS = 16

/** A server to be pinned. */
export interface ServerAddress {
    /** DNS name or IP address, IPv6 without brackets */
    host: string
    port: number
    /** the name to ask for and to check */
    serverName: string
    /** HOST:PORT, as it stands in the lock */
    label: string
}

/**
 * The servers named: by HOST, HOST:PORT, [IPv6]:PORT or URL, or by --servername alone.
 *
 * @throws AirpinError HOST_MISSING, HOST_INVALID, HOST_AMBIGUOUS
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
    if (named.length === 0)
        throw new AirpinError(
            "HOST_MISSING",
            "which server?",
            "airpin pin HOST[:PORT]…, or --chain FILE --servername NAME",
        )
    if (named.length > 1 && (servername ?? chain) !== undefined) {
        throw new AirpinError(
            "HOST_AMBIGUOUS",
            "--chain and --servername are for one server",
            "name one HOST with them",
        )
    }
    if (named.length > MAX_SERVERS)
        throw new AirpinError("HOST_AMBIGUOUS", `${named.length} servers are more than ${MAX_SERVERS}`)
    return named.map(text => {
        const { host, port } = parseHostPort(text)
        return { host, port, serverName: servername ?? host, label: `${host}:${port}` }
    })
}

function parseHostPort(text: string): { host: string; port: number } {
    const url =
        URL.canParse(text) && text.includes("://")
            ? new URL(text)
            : URL.canParse(`https://${text}`) && new URL(`https://${text}`)
    if (!url || !url.hostname) throw new AirpinError("HOST_INVALID", `"${text}" is no HOST[:PORT]`)
    return { host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port) || HTTPS_PORT }
}
