/** Whether a certificate is valid for a server name: the rules of mbedTLS 3.5.0 (x509_crt.c), not those of RFC 6125. */
import { ipAddressBytes, isIpAddress } from "../x509/server-name.ts"
import type { AlternativeName } from "./extensions.ts"
import { type ChipAttribute, equalsIgnoringCase } from "./name.ts"

const DNS_NAME = 2
const URI = 6
const IP_ADDRESS = 7
/** contents of the OID of commonName in hex */
const COMMON_NAME = "550403"

/** The fields of a certificate that the check uses. */
export interface Named {
    subject: ChipAttribute[]
    alternativeNames: AlternativeName[] | undefined
}

/**
 * True when the chip accepts the certificate for `serverName`. Common names count
 * only when the certificate has no subjectAltName extension.
 */
export function isNamed(certificate: Named, serverName: string): boolean {
    const host = Buffer.from(serverName)
    if (!certificate.alternativeNames) return commonNames(certificate).some(name => matches(name, host))
    return certificate.alternativeNames.some(name => matchesAlternative(name, host))
}

/** The names that a certificate is valid for, as text for people. */
export function namesOf(certificate: Named): string[] {
    const alternatives = certificate.alternativeNames?.filter(({ choice }) => [DNS_NAME, IP_ADDRESS].includes(choice))
    const values = alternatives?.map(readable) ?? commonNames(certificate).map(name => name.toString("latin1"))
    return values.map(value => value.replace(/[^\x20-\x7e]/g, "?"))
}

function readable({ choice, value }: AlternativeName): string {
    if (choice === DNS_NAME) return value.toString("latin1")
    return value.length === 4 ? value.join(".") : value.toString("hex").replace(/.{4}(?=.)/g, "$&:")
}

function commonNames({ subject }: Named): Buffer[] {
    return subject.filter(({ oid }) => oid.toString("hex") === COMMON_NAME).map(({ value }) => value)
}

function matchesAlternative({ choice, value }: AlternativeName, host: Buffer): boolean {
    if (choice === DNS_NAME) return matches(value, host)
    if (choice === IP_ADDRESS) return value.equals(addressBytes(host.toString()))
    return choice === URI && value.equals(host)
}

function matches(name: Buffer, host: Buffer): boolean {
    return equalsIgnoringCase(name, host) || matchesWildcard(name, host)
}

/** `*.` matches the whole first label; the rest must be equal, even when it is a single label. */
function matchesWildcard(name: Buffer, host: Buffer): boolean {
    const firstDot = host.indexOf(".")
    const isWildcard = name.length >= 3 && name.toString("latin1", 0, 2) === "*."
    return isWildcard && firstDot > 0 && equalsIgnoringCase(name.subarray(1), host.subarray(firstDot))
}

/** 4 or 16 bytes in network order; empty when the name is not an address. */
function addressBytes(name: string): Buffer {
    return isIpAddress(name) && !name.includes("%") ? ipAddressBytes(name) : Buffer.alloc(0)
}
