/** Distinguished names as readable text. */
import * as asn1js from "asn1js"
import { children, decode, objectIdentifier, pair, raw } from "./der.ts"

/**
 * A Name on one line, ordered and escaped as in RFC 4514 but with ", " between
 * the parts, most specific first: `CN=Root R, O=Test, C=XX`. Empty name: "".
 * Control and format characters are written as \xx, so the text is safe in a terminal.
 *
 * @throws Error when the bytes are not a Name
 */
export function readName(der: Uint8Array): string {
    const parts = children(decode(der), 0).map(part => children(part, 1).map(readAttribute).join("+"))
    return parts.reverse().join(", ")
}

/** {@link readName}, or `#` and the bytes in hex when they are not a Name. Never throws. */
export function nameText(der: Buffer): string {
    try {
        return readName(der)
    } catch {
        return `#${der.toString("hex")}`
    }
}

/**
 * True when OpenSSL takes two names, as `readName` writes them, for the same:
 * case, string type and repeated spaces are ignored (RFC 5280, 7.1).
 */
export function isSameNameText(one: string, other: string): boolean {
    const folded = (name: string) => name.toLowerCase().replaceAll(/ +/g, " ")
    return folded(one) === folded(other)
}

/** The common name in a name as `readName` writes it; the whole name when it has none. */
export function shortName(subject: string): string {
    return /(?:^|, )CN=((?:\\.|[^,+\\])*)/.exec(subject)?.[1] ?? subject
}

/** attribute names from RFC 4514, 3, and others that public CAs use */
const ATTRIBUTE_NAMES: Record<string, string> = {
    "2.5.4.3": "CN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}

function readAttribute(block: asn1js.BaseBlock): string {
    const [type, value] = pair(block)
    const oid = objectIdentifier(type)
    return `${ATTRIBUTE_NAMES[oid] ?? oid}=${readValue(value)}`
}

function readValue(block: asn1js.BaseBlock): string {
    if (block instanceof asn1js.BaseStringBlock) return escapeValue(block.getValue())
    return `#${raw(block).toString("hex")}` // RFC 4514, 2.4: DER in hex for other than string types
}

function escapeValue(text: string): string {
    const quoted = text.replace(/[,+"\\<>;]|^[# ]| $/g, "\\$&")
    return quoted.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, hexPairs)
}

function hexPairs(character: string): string {
    return Buffer.from(character).toString("hex").replace(/../g, "\\$&")
}
