/** The certificates of a PKCS#7 file (.p7b, .p7c): CMS SignedData without content or signature (RFC 5652, 5.1). */
import * as asn1js from "asn1js"
import { isContext, objectIdentifier, raw } from "./der.ts"

const SIGNED_DATA = "1.2.840.113549.1.7.2"
/** its OBJECT IDENTIFIER in DER, and within how many bytes of the file it begins */
const SIGNED_DATA_DER = Buffer.from("06092a864886f70d010702", "hex")
const MAX_HEADER_BYTES = 6

/**
 * The DER of each certificate, in the order of the file; undefined if the bytes are not SignedData. BER is read
 * too, because Java writes it.
 */
export function pkcs7Certificates(der: Uint8Array): Buffer[] | undefined {
    const start = Buffer.from(der.subarray(0, MAX_HEADER_BYTES + SIGNED_DATA_DER.length))
    if (!start.includes(SIGNED_DATA_DER)) return undefined // decoding a certificate for nothing takes a while
    const [type, content] = valuesOf(decoded(der))
    if (!(type instanceof asn1js.ObjectIdentifier) || objectIdentifier(type) !== SIGNED_DATA) return undefined
    const [signedData] = valuesOf(content)
    const certificates = valuesOf(signedData).find(value => isContext(value, 0))
    return valuesOf(certificates).filter(isCertificate).map(raw)
}

/** asn1js reports damage as an offset of -1, but throws on a malformed time. */
function decoded(der: Uint8Array): asn1js.BaseBlock | undefined {
    try {
        const { offset, result } = asn1js.fromBER(der, { parseEmbedded: false })
        return offset === -1 ? undefined : result
    } catch {
        return undefined // not ASN.1
    }
}

/** Attribute certificates and other formats have context tags (RFC 5652, 10.2.2). */
function isCertificate(value: asn1js.BaseBlock): boolean {
    return value instanceof asn1js.Sequence
}

function valuesOf(block: asn1js.BaseBlock | undefined): asn1js.BaseBlock[] {
    return block instanceof asn1js.Constructed ? block.valueBlock.value : []
}
