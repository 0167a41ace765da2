/**
 * The addresses at which devices reach a server. The chip's lwIP asks DNS for the A record of a name and connects to
 * the first address in the response; it has no IPv6 address, hosts file, search domain or mDNS. This file asks the
 * resolver of this machine, and DNS.
 */
import { promises as dns, type LookupAddress, NODATA, NOTFOUND } from "node:dns"
import { isIPv4, isIPv6 } from "node:net"
import { AirpinError } from "../error.ts"

/** Name services; tests replace them. */
export interface Resolvers {
    /** as programs on this machine resolve names: hosts file, DNS, mDNS */
    lookup(host: string): Promise<LookupAddress[]>
    /** the A records in DNS, as a device asks for them */
    resolve4(host: string): Promise<string[]>
}

/** a DNS server on the way responds within milliseconds */
const DNS_TIMEOUT_MS = 2000

const systemResolvers: Resolvers = {
    lookup: host => dns.lookup(host, { all: true, verbatim: true }),
    resolve4: host => new dns.Resolver({ timeout: DNS_TIMEOUT_MS, tries: 1 }).resolve4(host),
}

export interface DeviceAddresses {
    /** IPv4, at least one; a device may get any of them first */
    addresses: string[]
    /** why a device may not resolve the name although this machine does */
    warnings: string[]
}

/** RFC 1122 3.2.1.3: a server listens on it for all its addresses; nobody connects to it */
const ANY_ADDRESS = "0.0.0.0"

/** @throws AirpinError HOST_INVALID for 0.0.0.0, HOST_WITHOUT_IPV4, HOST_NOT_FOUND */
export async function deviceAddresses(host: string, resolvers = systemResolvers): Promise<DeviceAddresses> {
    if (host === ANY_ADDRESS)
        throw new AirpinError("HOST_INVALID", `${host} is no server's address`, "give an address of the server itself")
    if (isIPv4(host)) return { addresses: [host], warnings: [] }
    if (isIPv6(host)) throw ipv6Refused(host)
    const found = await resolvers.lookup(host).catch((cause: unknown) => {
        throw new AirpinError("HOST_NOT_FOUND", `${host}: this machine cannot resolve the name`, { cause })
    })
    const addresses = [...new Set(found.filter(({ family }) => family === 4).map(({ address }) => address))]
    if (addresses.length === 0)
        throw withoutIpv4(host, `has no IPv4 address, only ${found.map(({ address }) => address).join(", ")}`)
    return { addresses, warnings: await nameWarnings(host, resolvers) }
}

/** HOST_WITHOUT_IPV4 for an address. */
export function ipv6Refused(address: string): AirpinError {
    return withoutIpv4(address, "is an IPv6 address", "give the server's name or its IPv4 address")
}

function withoutIpv4(host: string, what: string, nextStep?: string): AirpinError {
    return new AirpinError("HOST_WITHOUT_IPV4", `${host} ${what}; devices connect over IPv4 only`, nextStep)
}

async function nameWarnings(host: string, { resolve4 }: Resolvers): Promise<string[]> {
    if (host === "localhost") return []
    if (host.endsWith(".local"))
        return [`devices do not resolve "${host}": they ask DNS, and names in .local are mDNS; give an IPv4 address`]
    const error = await resolve4(host).then(
        () => undefined,
        ({ code }: NodeJS.ErrnoException) => code,
    )
    if (error !== NOTFOUND && error !== NODATA) return []
    return [
        `DNS has no A record for "${host}": only this machine knows the name (hosts file, search domain), devices do not`,
    ]
}
