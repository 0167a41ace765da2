/** Certificate extensions as mbedTLS 3.5.0 reads and checks them (x509_crt.c, x509.c). */
import {
    CONTEXT,
    CONTEXT_CONSTRUCTED,
    DerReader,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
} from "./der-reader.ts"
import { readChipName } from "./name.ts"
import {
    BAD_INPUT,
    ChipError,
    FEATURE_UNAVAILABLE,
    INVALID_EXTENSIONS,
    INVALID_LENGTH,
    LENGTH_MISMATCH,
    UNEXPECTED_TAG,
    within,
} from "./status.ts"

/** One entry of subjectAltName. */
export interface AlternativeName {
    /** number of the GeneralName choice: 2 = dNSName, 6 = URI, 7 = iPAddress (RFC 5280, 4.2.1.6) */
    choice: number
    value: Buffer
}

export interface ChipExtensions {
    isCa: boolean
    /** number of CAs allowed below; undefined = no limit */
    pathLength: number | undefined
    /** first byte in bits 0 to 7, second byte in bits 8 to 15; undefined = extension absent */
    keyUsage: number | undefined
    /** contents of the OIDs in hex; undefined = extension absent */
    extendedKeyUsage: string[] | undefined
    /** undefined = extension absent, which is not the same as empty */
    alternativeNames: AlternativeName[] | undefined
}

export const NO_EXTENSIONS: ChipExtensions = {
    isCa: false,
    pathLength: undefined,
    keyUsage: undefined,
    extendedKeyUsage: undefined,
    alternativeNames: undefined,
}

type Found = Partial<ChipExtensions>
type Read = (value: DerReader, critical: boolean) => Found

/** extensions that mbedTLS parses, by the contents of their OID in hex; it skips others unless they are critical */
const READERS: Record<string, Read> = {
    "551d13": readBasicConstraints,
    "551d0f": value => ({ keyUsage: readKeyUsage(value) }),
    "551d25": value => ({ extendedKeyUsage: readExtendedKeyUsage(value) }),
    "551d11": value => ({ alternativeNames: readAlternativeNames(value.enterToEnd(SEQUENCE)) }),
    "551d0e": readSubjectKeyId,
    "551d23": readAuthorityKeyId,
    "551d20": readPolicies,
    "6086480186f8420101": readNetscapeType,
}

/** Reads `extensions [3]` up to the end of the reader. @throws ChipError */
export function readChipExtensions(reader: DerReader): ChipExtensions {
    return within(INVALID_EXTENSIONS, () => {
        const list = reader.enter(CONTEXT_CONSTRUCTED + 3).enterToEnd(SEQUENCE)
        const seen = new Set<string>()
        const found: ChipExtensions = { ...NO_EXTENSIONS }
        while (!list.done) Object.assign(found, readExtension(list.enter(SEQUENCE), seen))
        return found
    })
}

function readExtension(fields: DerReader, seen: Set<string>): Found {
    const oid = fields.contents(OBJECT_IDENTIFIER).toString("hex")
    const critical = readCritical(fields)
    const value = fields.enterToEnd(OCTET_STRING)
    const read = READERS[oid]
    if (!read) return skipUnknown(critical)
    if (seen.has(oid)) throw new ChipError(INVALID_EXTENSIONS)
    seen.add(oid)
    return read(value, critical)
}

function readCritical(fields: DerReader): boolean {
    return fields.peek() === 0x01 ? fields.boolean() : false
}

function skipUnknown(critical: boolean): Found {
    if (critical) throw new ChipError(UNEXPECTED_TAG)
    return {}
}

/** The SEQUENCE's own length is ignored: mbedTLS uses the end of the extension. */
function readBasicConstraints(value: DerReader): Found {
    value.header(SEQUENCE)
    if (value.done) return {}
    const isCa = value.peek() === INTEGER ? value.integer() !== 0 : value.boolean()
    if (value.done) return { isCa }
    const pathLength = value.integer()
    value.finish()
    if (pathLength === 0x7fffffff) throw new ChipError(INVALID_LENGTH)
    return { isCa, pathLength }
}

function readKeyUsage(value: DerReader): number {
    const [first = 0, second = 0] = value.bitsToEnd()
    return first | (second << 8)
}

function readNetscapeType(value: DerReader): Found {
    if (value.bitsToEnd().length > 1) throw new ChipError(INVALID_LENGTH)
    return {}
}

function readExtendedKeyUsage(value: DerReader): string[] {
    const list = value.enterToEnd(SEQUENCE)
    const purposes: string[] = []
    while (!list.done) purposes.push(list.contents(OBJECT_IDENTIFIER).toString("hex"))
    if (purposes.length === 0) throw new ChipError(INVALID_LENGTH)
    return purposes
}

function readSubjectKeyId(value: DerReader): Found {
    value.enterToEnd(OCTET_STRING)
    return {}
}

function readAuthorityKeyId(value: DerReader): Found {
    const fields = value.enterToEnd(SEQUENCE)
    if (fields.peek() === CONTEXT) fields.enter(CONTEXT)
    if (!fields.done) {
        readAlternativeNames(fields.enter(CONTEXT_CONSTRUCTED + 1))
        fields.enter(CONTEXT + 2)
    }
    fields.finish()
    return {}
}

/** contents of the OID of anyPolicy in hex; the only policy mbedTLS supports */
const ANY_POLICY = "551d2000"

function readPolicies(value: DerReader, critical: boolean): Found {
    const list = value.enterToEnd(SEQUENCE)
    if (list.done) throw new ChipError(LENGTH_MISMATCH)
    const policies: string[] = []
    while (!list.done) policies.push(readPolicy(list.enter(SEQUENCE)))
    if (critical && policies.some(oid => oid !== ANY_POLICY)) throw new ChipError(FEATURE_UNAVAILABLE)
    return {}
}

function readPolicy(fields: DerReader): string {
    const oid = fields.contents(OBJECT_IDENTIFIER).toString("hex")
    if (!fields.done) fields.enter(SEQUENCE)
    fields.finish()
    return oid
}

const CLASS_MASK = 0xc0
const NUMBER_MASK = 0x1f
const OTHER_NAME = 0
const DIRECTORY_NAME = 4
const IP_ADDRESS = 7

/** Reads the contents of GeneralNames. */
function readAlternativeNames(list: DerReader): AlternativeName[] {
    const names: AlternativeName[] = []
    while (!list.done) {
        const { tag, contents } = list.any()
        if ((tag & CLASS_MASK) !== CONTEXT) throw new ChipError(UNEXPECTED_TAG)
        const name = { choice: tag & NUMBER_MASK, value: contents }
        checkAlternativeName(name)
        names.push(name)
    }
    return names
}

function checkAlternativeName({ choice, value }: AlternativeName): void {
    if (choice === IP_ADDRESS && value.length !== 4 && value.length !== 16) throw new ChipError(BAD_INPUT)
    if (choice === DIRECTORY_NAME) readChipName(new DerReader(value).enter(SEQUENCE))
    if (choice === OTHER_NAME) checkOtherName(new DerReader(value))
}

/** contents of the OID of hardwareModuleName (RFC 4108) in hex; the only otherName whose value mbedTLS parses */
const HARDWARE_MODULE_NAME = "2b06010505070804"

function checkOtherName(fields: DerReader): void {
    if (fields.contents(OBJECT_IDENTIFIER).toString("hex") !== HARDWARE_MODULE_NAME) return
    const module = fields.enterToEnd(CONTEXT_CONSTRUCTED).enterToEnd(SEQUENCE)
    module.enter(OBJECT_IDENTIFIER)
    module.enter(OCTET_STRING)
    module.finish()
}
