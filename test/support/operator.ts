/** A CA operator with two generations of roots and two key types, structured like Let's Encrypt in 2026. */
import { type Certificate, parseCertificate } from "../../certs/x509/certificate.ts"
import { altNames, ca, dn, dns, ec, type KeyPair, mint, rsa } from "./mint.ts"

const name = (commonName: string, organisation = "Test") => dn(commonName, { more: [`O=${organisation}`] })

/** Names and keys; `by` signs, `of` is signed. */
const keys: Record<string, KeyPair> = {
    X1: rsa(),
    X2: ec(),
    YE: ec(),
    YR: rsa(),
    YE1: ec(),
    YE2: ec(),
    YR1: rsa(),
    YR2: rsa(),
    "leaf.test": ec(),
}

export interface Terms {
    pathLength?: number
    notAfter?: Buffer
    /** of the subject; default Test */
    organisation?: string
}

/** The CA `of`, certified by `by`. */
export function certify(of: string, by: string, { pathLength, notAfter, organisation }: Terms = {}): Certificate {
    const fields = {
        subject: name(of, organisation),
        issuer: name(by),
        key: keys[of]!,
        signer: keys[by]!,
        extensions: [ca(pathLength)],
    }
    return parseCertificate(mint({ ...fields, ...(notAfter && { notAfter }) }))
}

/** The certificate of leaf.test. */
export function leafBy(issuer: string): Certificate {
    const fields = { subject: name("leaf.test"), key: keys["leaf.test"]!, extensions: [altNames(dns("leaf.test"))] }
    return parseCertificate(mint({ ...fields, issuer: name(issuer), signer: keys[issuer]! }))
}

/** The certificates by the names of Let's Encrypt's files in the data folder. */
export function mintOperator(): Record<string, Certificate> {
    const issuing = { pathLength: 0 }
    return {
        isrgrootx1: certify("X1", "X1"),
        "isrg-root-x2": certify("X2", "X2"),
        "root-ye": certify("YE", "YE"),
        "root-yr": certify("YR", "YR"),
        "root-x2-by-x1": certify("X2", "X1"),
        "root-ye-by-x2": certify("YE", "X2"),
        "root-yr-by-x1": certify("YR", "X1"),
        "int-ye1": certify("YE1", "YE", issuing),
        "int-ye2": certify("YE2", "YE", issuing),
        "int-yr1": certify("YR1", "YR", issuing),
        "int-yr2": certify("YR2", "YR", issuing),
    }
}
