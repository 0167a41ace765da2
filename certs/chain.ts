/** Presented certificates, linked the way the chip links them. */
import { type ChipCertificate, readChipCertificate } from "./chip/certificate.ts"
import { linkPath } from "./chip/path.ts"
import { ChipError } from "./chip/status.ts"
import type { Certificate } from "./x509/certificate.ts"

/**
 * The path the chip builds, from the leaf (the first certificate presented) to
 * its top: it searches each parent only among the certificates that come LATER
 * in the list. Certificates that the chip cannot read are left out. An empty list
 * gives an empty path.
 */
export function linkChain(presented: Certificate[]): Certificate[] {
    const readable = presented.flatMap(certificate => {
        const chip = chipView(certificate)
        return chip ? [{ certificate, chip }] : []
    })
    const path = new Set(linkPath(readable.map(({ chip }) => chip))) // in the order of the list
    return readable.filter(({ chip }) => path.has(chip)).map(({ certificate }) => certificate)
}

/** True if both are the same certificates in the same order. */
export function isSameChain(one: Certificate[], other: Certificate[]): boolean {
    return one.length === other.length && one.every(({ der }, at) => other[at]?.der.equals(der))
}

function chipView(certificate: Certificate): ChipCertificate | undefined {
    try {
        return readChipCertificate(certificate.der)
    } catch (error) {
        if (error instanceof ChipError) return undefined
        throw error
    }
}
