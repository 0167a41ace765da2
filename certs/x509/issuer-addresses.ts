/** Where a certificate says that its issuer's certificate can be downloaded (RFC 5280, 4.2.2.1). */
import * as asn1js from "asn1js"
import type { Certificate } from "./certificate.ts"
import { children, decode, isContext, objectIdentifier, pair } from "./der.ts"

const AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1"
const CA_ISSUERS = "1.3.6.1.5.5.7.48.2"
/** uniformResourceIdentifier of a GeneralName (RFC 5280, 4.2.1.6) */
const URI_TAG = 6

/** The HTTP and HTTPS addresses of the issuer's certificate, in the order of the certificate; often none. */
export function issuerAddresses({ extensions }: Pick<Certificate, "extensions">): string[] {
    const extension = extensions.find(({ oid }) => oid === AUTHORITY_INFO_ACCESS)
    if (!extension) return []
    try {
        return children(decode(extension.value), 0).flatMap(readAddress)
    } catch {
        return [] // damaged: the chip does not read it either
    }
}

function readAddress(description: asn1js.BaseBlock): string[] {
    const [method, location] = pair(description)
    if (objectIdentifier(method) !== CA_ISSUERS || !isContext(location, URI_TAG)) return []
    if (!(location instanceof asn1js.Primitive)) return []
    const text = Buffer.from(location.valueBlock.valueHexView).toString("latin1")
    const url = URL.canParse(text) ? new URL(text) : undefined
    return url && ["http:", "https:"].includes(url.protocol) ? [url.href] : []
}
