/** What a server presents: asked with the chip's own offer and with OpenSSL's, or read from a file. */
import { isIPv6 } from "node:net"
import type { KeyExchange } from "../../certs/device.ts"
import { ipv6Refused } from "../../certs/pull/device-address.ts"
import { askServer } from "../../certs/pull/live-server.ts"
import type { Certificate } from "../../certs/x509/certificate.ts"
import { readCertificateFile } from "./certificate-file.ts"
import type { ServerAddress } from "./server-address.ts"

/** A chain that devices get. */
export interface DeviceChain {
    /** in the order sent, not yet verified */
    chain: Certificate[]
    /** of the handshake; ECDHE for a file */
    keyExchange: KeyExchange
    /** IPv4 addresses of the server that send it; none for a file */
    addresses: string[]
}

export interface PresentedServer {
    /** different chains only, that of the server's first address first */
    toDevices: [DeviceChain, ...DeviceChain[]]
    /** the chain that clients with a larger offer get, if it is another one */
    toOthers?: Certificate[]
    /** the file that was judged in place of the server */
    file?: string
    /** addresses that did not respond while another did, each in a sentence */
    unreachable: string[]
    /** about the server's name and addresses */
    warnings: string[]
}

/**
 * @param chain a file of certificates to take in place of what the server presents
 * @throws AirpinError as `askServer` or `readCertificateFile`, and HOST_WITHOUT_IPV4
 */
export async function presentedBy(
    server: Pick<ServerAddress, "host" | "port" | "serverName">,
    chain?: string,
): Promise<PresentedServer> {
    if (chain === undefined) return askServer(server)
    if (isIPv6(server.host)) throw ipv6Refused(server.host)
    return presentedByFile(chain)
}

/** A chain of a file, as if devices got it. Throws as `readCertificateFile`. */
export async function presentedByFile(file: string): Promise<PresentedServer> {
    const chain = await readCertificateFile(file)
    return { toDevices: [{ chain, keyExchange: "ECDHE", addresses: [] }], file, unreachable: [], warnings: [] }
}

/** The chains beside the first that devices get: at other addresses, then that of other clients. */
export function furtherChains({ toDevices: [, ...more], toOthers }: PresentedServer): Certificate[][] {
    return [...more.map(({ chain }) => chain), ...(toOthers ? [toOthers] : [])]
}
