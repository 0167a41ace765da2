/** Reads DER with asn1js, for the certificate parser. All functions throw plain Errors. */
import * as asn1js from "asn1js"

/**
 * The one value in these bytes. Trailing bytes and indefinite lengths (X.690,
 * 10.1) are errors; asn1js alone would accept both.
 */
export function decode(der: Uint8Array): asn1js.BaseBlock {
    const { offset, result } = asn1js.fromBER(der, { parseEmbedded: false })
    if (offset === -1) throw new Error(result.error)
    if (offset !== der.length) throw new Error(`${der.length - offset} bytes follow the value`)
    refuseIndefinite(result)
    return result
}

/** The bytes of the first value, without those that follow it. @throws Error when there is none */
export function leadingValue(bytes: Buffer): Buffer {
    const { offset, result } = asn1js.fromBER(bytes, { parseEmbedded: false })
    if (offset === -1) throw new Error(result.error)
    return bytes.subarray(0, offset)
}

/** The values in a constructed value. @throws Error unless there are `min` to `max` of them */
export function children(block: asn1js.BaseBlock | undefined, min: number, max = Infinity): asn1js.BaseBlock[] {
    if (!(block instanceof asn1js.Constructed)) throw new Error("a SEQUENCE, SET or tagged value is missing")
    const values = block.valueBlock.value
    if (values.length < min || values.length > max) {
        const expected = min === max ? `${min}` : `${min} to ${max}`
        throw new Error(`a structure has ${values.length} values instead of ${expected}`)
    }
    return values
}

/** The two values in a constructed value. @throws Error for any other number */
export function pair(block: asn1js.BaseBlock | undefined): [asn1js.BaseBlock, asn1js.BaseBlock] {
    return children(block, 2, 2) as [asn1js.BaseBlock, asn1js.BaseBlock] // checked by children
}

/** The exact bytes of a decoded value, with tag and length. */
export function raw(block: asn1js.BaseBlock): Buffer {
    return Buffer.from(block.valueBeforeDecodeView)
}

/** Dotted form of an OBJECT IDENTIFIER. */
export function objectIdentifier(block: asn1js.BaseBlock | undefined): string {
    if (!(block instanceof asn1js.ObjectIdentifier)) throw new Error("an OBJECT IDENTIFIER is missing")
    return block.getValue()
}

/** True for a context-specific value [number]. */
export function isContext(block: asn1js.BaseBlock | undefined, number: number): boolean {
    return block?.idBlock.tagClass === CONTEXT_CLASS && block.idBlock.tagNumber === number
}

/** asn1js numbers the tag classes from 1: universal, application, context-specific, private */
const CONTEXT_CLASS = 3

function refuseIndefinite(block: asn1js.BaseBlock): void {
    if (block.lenBlock.isIndefiniteForm) throw new Error("a length is indefinite: BER, not DER")
    if (block instanceof asn1js.Constructed) block.valueBlock.value.forEach(refuseIndefinite)
}
