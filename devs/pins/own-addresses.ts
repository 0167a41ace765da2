/** Where a server on this machine can be reached. Reads the network interfaces. */
import { X509Certificate } from "node:crypto"
import { isIP } from "node:net"
import { hostname, networkInterfaces } from "node:os"

/** Addresses to listen on that stand for every address of the machine; Node listens on IPv4 too at "::". */
const ANY = ["0.0.0.0", "::"]

/** Who can connect to a server that listens on an address. */
export interface Reach {
    /** true if no other machine can */
    isLocal: boolean
    /** where it can be reached: host names and addresses, never 0.0.0.0; at least one */
    hosts: string[]
    /** names for its certificate: `hosts`, and the name of this machine if others can connect */
    names: string[]
}

/** @param interfaces of this machine */
export function reachOf(listenAddress: string, interfaces = networkInterfaces()): Reach {
    const own = Object.values(interfaces).flatMap(addresses => addresses ?? [])
    if (ANY.includes(listenAddress)) {
        // Devices have no IPv6.
        const hosts = own.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address)
        if (hosts.length === 0) return { isLocal: true, hosts: ["127.0.0.1"], names: ["127.0.0.1"] }
        return { isLocal: false, hosts, names: [...hosts, "127.0.0.1", ...[hostname()].filter(isHostName)] }
    }
    const isLocal =
        listenAddress === "localhost" ||
        /^127\./.test(listenAddress) ||
        own.some(({ address, internal }) => internal && address === listenAddress)
    return { isLocal, hosts: [listenAddress], names: [listenAddress] }
}

/** Some machines have names that no certificate may have. */
const isHostName = (name: string) => /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/i.test(name)

/** The DNS names in a certificate, without wildcards. */
export function dnsNamesOf(pem: string): string[] {
    const names = new X509Certificate(pem).subjectAltName?.split(", ") ?? []
    return names.flatMap(name => (/^DNS:[^*"]+$/.test(name) ? [name.slice("DNS:".length)] : []))
}

/** Whether the certificate is for this host name or address. */
export function isFor(pem: string, host: string): boolean {
    const certificate = new X509Certificate(pem)
    return (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined
}

/** HOST:PORT, with an IPv6 address in brackets. */
export function hostPort(host: string, port: number): string {
    return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`
}
