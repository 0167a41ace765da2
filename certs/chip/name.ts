/** Distinguished names as mbedTLS reads and compares them (x509.c and x509_crt.c, v3.5.0). */
import { type DerReader, OBJECT_IDENTIFIER, SEQUENCE, SET } from "./der-reader.ts"
import { ChipError, INVALID_NAME, UNEXPECTED_TAG, within } from "./status.ts"

/** One attribute of a Name, which is a flat list of them. */
export interface ChipAttribute {
    /** contents of the OBJECT IDENTIFIER */
    oid: Buffer
    tag: number
    value: Buffer
    /** the next attribute belongs to the same RDN */
    merged: boolean
}

const BIT_STRING = 0x03
const UTF8_STRING = 0x0c
const PRINTABLE_STRING = 0x13
const T61_STRING = 0x14
const IA5_STRING = 0x16
const UNIVERSAL_STRING = 0x1c
const BMP_STRING = 0x1e
const STRING_TAGS = [BIT_STRING, UTF8_STRING, PRINTABLE_STRING, T61_STRING, IA5_STRING, UNIVERSAL_STRING, BMP_STRING]

/** Reads the contents of a Name, which must not be empty. @throws ChipError */
export function readChipName(contents: DerReader): ChipAttribute[] {
    const attributes: ChipAttribute[] = []
    do {
        const part = within(INVALID_NAME, () => contents.enter(SET))
        do {
            attributes.push(within(INVALID_NAME, () => readAttribute(part)))
        } while (!part.done)
    } while (!contents.done)
    return attributes
}

function readAttribute(part: DerReader): ChipAttribute {
    const fields = part.enter(SEQUENCE)
    const oid = fields.contents(OBJECT_IDENTIFIER)
    if (!STRING_TAGS.includes(fields.peek())) throw new ChipError(UNEXPECTED_TAG)
    const { tag, contents } = fields.any()
    fields.finish()
    return { oid, tag, value: contents, merged: !part.done }
}

/**
 * True when the chip treats the two names as equal: the same attributes in the
 * same order, with values that are equal byte for byte, or, when both are a
 * UTF8String or a PrintableString, equal without regard to ASCII case.
 */
export function chipNamesMatch(one: ChipAttribute[], other: ChipAttribute[]): boolean {
    return one.length === other.length && one.every((attribute, at) => attributesMatch(attribute, other[at]))
}

function attributesMatch(a: ChipAttribute, b: ChipAttribute | undefined): boolean {
    if (!b || !a.oid.equals(b.oid) || a.merged !== b.merged) return false
    if (a.tag === b.tag && a.value.equals(b.value)) return true
    return isCaseless(a) && isCaseless(b) && equalsIgnoringCase(a.value, b.value)
}

function isCaseless(attribute: ChipAttribute): boolean {
    return attribute.tag === UTF8_STRING || attribute.tag === PRINTABLE_STRING
}

/** Compares bytes and ignores the case of A to Z only. */
export function equalsIgnoringCase(one: Buffer, other: Buffer): boolean {
    return one.length === other.length && foldAscii(one) === foldAscii(other)
}

function foldAscii(bytes: Buffer): string {
    return bytes.toString("latin1").replace(/[A-Z]/g, letter => letter.toLowerCase())
}
