import { BlockList, isIP } from "node:net"
import { AirpinError } from "../../../certs/error.ts"

const ADDRESS_BITS: Record<number, number> = { 4: 32, 6: 128 }

/**
 * The addresses and networks of proxies, from "127.0.0.1,10.0.0.0/8". A network of all addresses is refused: it would
 * believe every client.
 *
 * @throws AirpinError PROXY_ADDRESS_INVALID
 */
export function proxyAddresses(text: string): string[] {
    const addresses = text.split(",").map(part => part.trim())
    const invalid = addresses.find(address => !isAddressOrNetwork(address))
    if (invalid === undefined) return addresses
    throw new AirpinError(
        "PROXY_ADDRESS_INVALID",
        `${JSON.stringify(invalid)} is neither an IP address nor a network of less than all addresses`,
    )
}

/** Tells whether an address, as a socket shows it, is one of these. */
export function addressMatcher(addresses: string[]): (address: string) => boolean {
    const list = new BlockList()
    for (const text of addresses) {
        const [address = "", bits] = text.split("/")
        const family = isIP(address) === 6 ? "ipv6" : "ipv4"
        list.addSubnet(address, bits === undefined ? (ADDRESS_BITS[isIP(address)] ?? 0) : Number(bits), family)
    }
    // an IPv4 address that reaches an IPv6 socket is written as "::ffff:10.0.0.1", and matches as the former
    return address => list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4")
}

function isAddressOrNetwork(text: string): boolean {
    const [address = "", bits, ...more] = text.split("/")
    const maxBits = ADDRESS_BITS[isIP(address)]
    if (maxBits === undefined || more.length > 0) return false
    return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= maxBits)
}
