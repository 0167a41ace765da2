/** Identifiers of keys that certificates carry (RFC 5280, 4.2.1.1 and 4.2.1.2). */
import type { Certificate } from "./certificate.ts"
import { children, decode, isContext, raw } from "./der.ts"

const AUTHORITY_KEY_IDENTIFIER = "2.5.29.35"
const SUBJECT_KEY_IDENTIFIER = "2.5.29.14"
/** tag and length; an identifier is shorter than 128 bytes */
const HEADER_BYTES = 2

type WithExtensions = Pick<Certificate, "extensions">

const extensionValue = ({ extensions }: WithExtensions, id: string) => extensions.find(({ oid }) => oid === id)?.value

/** The identifier of the issuer's key; undefined if the certificate has none, or its extension is damaged. */
export function authorityKeyIdentifier(certificate: WithExtensions): Buffer | undefined {
    const value = extensionValue(certificate, AUTHORITY_KEY_IDENTIFIER)
    try {
        const block = value && children(decode(value), 0, 3).find(part => isContext(part, 0))
        return block && raw(block).subarray(HEADER_BYTES)
    } catch {
        return undefined
    }
}

/** The identifier of the certificate's own key; undefined if it has none. */
export function subjectKeyIdentifier(certificate: WithExtensions): Buffer | undefined {
    return extensionValue(certificate, SUBJECT_KEY_IDENTIFIER)?.subarray(HEADER_BYTES)
}
