/** Whether a certificate is for the name asked: the rules of mbedTLS 3.5.0 (x509_crt.c), not those of RFC 6125. */
import { ipAddressBytes, isIpAddress } from "../x509/server-name.ts"
import type { AlternativeName } from "./extensions.ts"
import { type ChipAttribute, equalsIgnoringCase } from "./name.ts"

const DNS_NAME = 2
const URI = 6
const IP_ADDRESS = 7
/** contents of the OID of commonName in hex */
const COMMON_NAME = "550403"

/** What of a certificate the check looks at. */
export interface Named {
    subject: ChipAttribute[]
    alternativeNames: AlternativeName[] | undefined
}

/**
 * True when the chip takes the certificate for `serverName`. Common names count
 * only where the certificate has no subjectAltName extension at all.
 */
export function isNamed(certificate: Named, serverName: string): boolean {
    const wanted = Buffer.from(serverName)
    if (!certificate.alternativeNames) return commonNames(certificate).some(name => matches(name, wanted))
    return certificate.alternativeNames.some(name => matchesAlternative(name, wanted))
}

/** The names a certificate is for, for people. */
export function namesOf(certificate: Named): string[] {
    const alternatives = certificate.alternativeNames?.filter(({ choice }) => [DNS_NAME, IP_ADDRESS].includes(choice))
    const values = alternatives?.map(readable) ?? commonNames(certificate).map(name => name.toString("latin1"))
    return values.map(value => value.replace(/[^\x20-\x7e]/g, "?"))
}

function readable({ choice, value }: AlternativeName): string {
    if (choice === DNS_NAME) return value.toString("latin1")
    return value.length === 4 ? value.join(".") : value.toString("hex").match(/.{4}/g)!.join(":")
}

function commonNames({ subject }: Named): Buffer[] {
    return subject.filter(({ oid }) => oid.toString("hex") === COMMON_NAME).map(({ value }) => value)
}

function matchesAlternative({ choice, value }: AlternativeName, wanted: Buffer): boolean {
    if (choice === DNS_NAME) return matches(value, wanted)
    if (choice === IP_ADDRESS) return value.equals(addressBytes(wanted.toString()))
    return choice === URI && value.equals(wanted)
}

function matches(name: Buffer, wanted: Buffer): boolean {
    return equalsIgnoringCase(name, wanted) || matchesWildcard(name, wanted)
}

/** `*.` stands for the whole first label; the rest must be equal, however few labels it has. */
function matchesWildcard(name: Buffer, wanted: Buffer): boolean {
    const firstDot = wanted.indexOf(".")
    const isWildcard = name.length >= 3 && name.toString("latin1", 0, 2) === "*."
    return isWildcard && firstDot > 0 && equalsIgnoringCase(name.subarray(1), wanted.subarray(firstDot))
}

/** 4 or 16 bytes in network order; empty when the name is not an address. */
function addressBytes(name: string): Buffer {
    return isIpAddress(name) && !name.includes("%") ? ipAddressBytes(name) : Buffer.alloc(0)
}
