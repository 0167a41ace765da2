/**
 * What the chip's ClientHello offers (ESP-IDF v5.0.5 defaults, mbedTLS 3.5.0): TLS 1.2 only. The simulated chip and
 * `pull/` make OpenSSL offer the same, so that a server sends them what it sends the chip.
 */
import type { KeyExchange } from "./verification.ts"

/** Code points with OpenSSL's names, in the chip's order. Forward secrecy first, then static RSA. */
const SUITES: readonly [code: number, name: string][] = [
    [0xc02c, "ECDHE-ECDSA-AES256-GCM-SHA384"],
    [0xc030, "ECDHE-RSA-AES256-GCM-SHA384"],
    [0xc0ad, "ECDHE-ECDSA-AES256-CCM"],
    [0xc024, "ECDHE-ECDSA-AES256-SHA384"],
    [0xc028, "ECDHE-RSA-AES256-SHA384"],
    [0xc00a, "ECDHE-ECDSA-AES256-SHA"],
    [0xc014, "ECDHE-RSA-AES256-SHA"],
    [0xc0af, "ECDHE-ECDSA-AES256-CCM8"],
    [0xc05d, "ECDHE-ECDSA-ARIA256-GCM-SHA384"],
    [0xc061, "ECDHE-ARIA256-GCM-SHA384"],
    [0xc02b, "ECDHE-ECDSA-AES128-GCM-SHA256"],
    [0xc02f, "ECDHE-RSA-AES128-GCM-SHA256"],
    [0xc0ac, "ECDHE-ECDSA-AES128-CCM"],
    [0xc023, "ECDHE-ECDSA-AES128-SHA256"],
    [0xc027, "ECDHE-RSA-AES128-SHA256"],
    [0xc009, "ECDHE-ECDSA-AES128-SHA"],
    [0xc013, "ECDHE-RSA-AES128-SHA"],
    [0xc0ae, "ECDHE-ECDSA-AES128-CCM8"],
    [0xc05c, "ECDHE-ECDSA-ARIA128-GCM-SHA256"],
    [0xc060, "ECDHE-ARIA128-GCM-SHA256"],
    [0x009d, "AES256-GCM-SHA384"],
    [0xc09d, "AES256-CCM"],
    [0x003d, "AES256-SHA256"],
    [0x0035, "AES256-SHA"],
    [0xc0a1, "AES256-CCM8"],
    [0xc051, "ARIA256-GCM-SHA384"],
    [0x009c, "AES128-GCM-SHA256"],
    [0xc09c, "AES128-CCM"],
    [0x003c, "AES128-SHA256"],
    [0x002f, "AES128-SHA"],
    [0xc0a0, "AES128-CCM8"],
    [0xc050, "ARIA128-GCM-SHA256"],
]

/**
 * The offer in OpenSSL's words. Absent, because OpenSSL lacks them, are 20 suites of static ECDH and 6 of ARIA in CBC
 * mode, out of 58.
 */
export const chipOffer = {
    /** security level 0: the chip's own rules refuse what it refuses; OpenSSL must not be stricter */
    ciphers: [...SUITES.map(([, name]) => name), "@SECLEVEL=0"].join(":"),
    groups: "X25519:P-256:P-384:P-521:brainpoolP256r1:brainpoolP384r1:brainpoolP512r1",
    signatureAlgorithms: "ECDSA+SHA512:RSA+SHA512:ECDSA+SHA384:RSA+SHA384:ECDSA+SHA256:RSA+SHA256",
} as const

/** True for a suite, by OpenSSL's name, that the chip offers. */
export function isOfferedSuite(name: string): boolean {
    return SUITES.some(([, offered]) => offered === name)
}

/** The key exchange of an offered suite, by its code point; "ECDHE" for any other. */
export function keyExchangeOf(suite: number): KeyExchange {
    const name = SUITES.find(([code]) => code === suite)?.[1]
    return name === undefined || name.startsWith("ECDHE-") ? "ECDHE" : "RSA"
}
