import { createPrivateKey } from "node:crypto"
import type { KeyType } from "../../../certs/x509/issue.ts"

/** The type of a private key. @throws Error if the text has none */
export function keyTypeOf(keyPem: string): KeyType {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(keyPem)
    if (asymmetricKeyType === "rsa") return "RSA-2048"
    return asymmetricKeyDetails?.namedCurve === "secp384r1" ? "P-384" : "P-256"
}
