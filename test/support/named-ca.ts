/** CAs of a name and a P-256 key, and servers for localhost with certificates of theirs. */
import { parseCertificate, toPem } from "../../certs/x509/certificate.ts"
import { altNames, ca, dn, dns, ec, type KeyPair, mint } from "./mint.ts"

export interface NamedCa {
    name: Buffer
    key: KeyPair
}

export const namedCa = (commonName: string): NamedCa => ({ name: dn(commonName), key: ec() })

/** DER of the certificate of `own`, signed by `issuer`; self-signed when both are one. */
export const certify = (own: NamedCa, issuer: NamedCa): Buffer =>
    mint({ subject: own.name, issuer: issuer.name, key: own.key, signer: issuer.key, extensions: [ca()] })

export const pemOf = (der: Buffer): string => toPem(parseCertificate(der))

/** What a server is given: its key, and the chain it presents; both PEM. */
export interface Served {
    key: string
    cert: string
}

/** A new key for localhost, certified by `issuer`; the CA certificates `above` follow the leaf. */
export function serve(issuer: NamedCa, ...above: Buffer[]): Served {
    const key = ec()
    const leaf = mint({
        subject: dn("localhost"),
        issuer: issuer.name,
        key,
        signer: issuer.key,
        extensions: [altNames(dns("localhost"))],
    })
    return {
        key: key.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
        cert: [leaf, ...above].map(pemOf).join(""),
    }
}
