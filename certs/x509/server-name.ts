/** Checks server names before they go to openssl, into a certificate or into the lock. */
import { isIP, isIPv4 } from "node:net"
import { AirpinError } from "../error.ts"

/** longest DNS name in text form (RFC 1035, 3.1: 255 octets on the wire) */
const MAX_NAME_LENGTH = 253

/** letters, digits, hyphens, underscores; 1 to 63 of them; no hyphen at either end (RFC 1123, 2.1) */
const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/i

/** True for an IPv4 or IPv6 address; such a name is never sent as SNI (RFC 6066, 3). */
export function isIpAddress(name: string): boolean {
    return isIP(name) !== 0
}

const IPV6_GROUPS = 8

/**
 * The 4 or 16 bytes of an address in network order, as in an iPAddress of a
 * certificate (RFC 5280, 4.2.1.6). The WHATWG URL parser writes an IPv6 address
 * as groups in hex with at most one `::` and no dotted quad; Node has no function
 * that gives its bytes.
 *
 * @param address one that `isIpAddress` accepts, without a zone
 */
export function ipAddressBytes(address: string): Buffer {
    if (isIPv4(address)) return Buffer.from(address.split(".").map(Number))
    const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1)
    const [head = [], tail = []] = canonical.split("::").map(half => (half === "" ? [] : half.split(":")))
    const zeros = Array<string>(IPV6_GROUPS - head.length - tail.length).fill("0")
    return Buffer.from([...head, ...zeros, ...tail].map(group => group.padStart(4, "0")).join(""), "hex")
}

/**
 * Accepts DNS names and IP addresses (IPv6 without brackets). A program that is
 * given an accepted name cannot mistake it for an option or a file name.
 *
 * @throws AirpinError SERVER_NAME_INVALID
 */
export function requireServerName(name: string): void {
    if (isIpAddress(name) && !name.includes("%")) return
    if (name.length <= MAX_NAME_LENGTH && name.split(".").every(label => LABEL.test(label))) return
    throw new AirpinError("SERVER_NAME_INVALID", `${JSON.stringify(name)} is neither a host name nor an IP address`)
}

/** {@link requireServerName} for names in a certificate, where the first label may be `*`. */
export function requireCertificateName(name: string): void {
    requireServerName(name.replace(/^\*\./, ""))
}
