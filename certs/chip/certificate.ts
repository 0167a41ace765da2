/** A certificate as mbedTLS 3.5.0 reads it from the handshake (x509_crt.c). */
import { CONTEXT, CONTEXT_CONSTRUCTED, DerReader, INTEGER, SEQUENCE } from "./der-reader.ts"
import { type ChipExtensions, NO_EXTENSIONS, readChipExtensions } from "./extensions.ts"
import { type ChipAttribute, readChipName } from "./name.ts"
import { type ChipKey, readSpki } from "./public-key.ts"
import {
    type AlgorithmIdentifier,
    readAlgorithmIdentifier,
    type SignatureAlgorithm,
    signatureAlgorithm,
} from "./signature-algorithm.ts"
import {
    ChipError,
    INVALID_ALGORITHM,
    INVALID_DATE,
    INVALID_FORMAT,
    INVALID_SERIAL,
    INVALID_SIGNATURE,
    INVALID_VERSION,
    SIGNATURE_MISMATCH,
    UNEXPECTED_TAG,
    UNKNOWN_VERSION,
    within,
} from "./status.ts"

export interface ChipCertificate extends ChipExtensions {
    /** the certificate without trailing bytes */
    der: Buffer
    tbs: Buffer
    issuerDer: Buffer
    subjectDer: Buffer
    /** where `issuerDer` starts in `der`: the bundle search may look beyond its end */
    issuerAt: number
    issuer: ChipAttribute[]
    subject: ChipAttribute[]
    key: ChipKey
    algorithm: SignatureAlgorithm
    signature: Buffer
}

/**
 * Reads one certificate; trailing bytes are ignored.
 *
 * @throws ChipError with the code the chip aborts the handshake with; after
 * -0x262E it ignores this certificate and continues
 */
export function readChipCertificate(bytes: Buffer): ChipCertificate {
    const outer = new DerReader(bytes)
    const fields = enterCertificate(outer)
    const tbsAt = fields.at
    const tbsReader = within(INVALID_FORMAT, () => fields.enter(SEQUENCE))
    const tbs = bytes.subarray(tbsAt, fields.at)
    const { identifier, ...read } = readTbs(tbsReader)
    const repeated = within(INVALID_ALGORITHM, () => readAlgorithmIdentifier(fields))
    if (!sameIdentifier(identifier, repeated)) throw new ChipError(SIGNATURE_MISMATCH)
    const signature = within(INVALID_SIGNATURE, () => fields.wholeBytes())
    within(INVALID_FORMAT, () => fields.finish())
    return { der: bytes.subarray(0, outer.at), tbs, ...read, signature }
}

function enterCertificate(outer: DerReader): DerReader {
    try {
        return outer.enter(SEQUENCE)
    } catch {
        throw new ChipError(INVALID_FORMAT) // only here, the low code is not added
    }
}

function readTbs(reader: DerReader) {
    const version = readVersion(reader)
    readSerial(reader)
    const identifier = within(INVALID_ALGORITHM, () => readAlgorithmIdentifier(reader))
    if (version > V3) throw new ChipError(UNKNOWN_VERSION)
    const algorithm = signatureAlgorithm(identifier)
    const issuer = readNameField(reader)
    readValidity(reader)
    const subject = readNameField(reader, { mayBeEmpty: true })
    const key = readSpki(reader)
    const extensions = readTail(reader, version)
    const names = { issuerDer: issuer.der, issuerAt: issuer.at, subjectDer: subject.der }
    return { identifier, algorithm, issuer: issuer.name, subject: subject.name, key, ...names, ...extensions }
}

const V1 = 0
const V3 = 2

function readVersion(reader: DerReader): number {
    if (within(INVALID_FORMAT, () => reader.peek()) !== CONTEXT_CONSTRUCTED) return V1
    const field = within(INVALID_FORMAT, () => reader.enter(CONTEXT_CONSTRUCTED))
    return within(INVALID_VERSION, () => {
        const version = field.integer()
        field.finish()
        return version
    })
}

function readSerial(reader: DerReader): void {
    within(INVALID_SERIAL, () => {
        const tag = reader.peek()
        if (tag !== INTEGER && tag !== CONTEXT + 2) throw new ChipError(UNEXPECTED_TAG)
        reader.any()
    })
}

function readNameField(reader: DerReader, { mayBeEmpty = false } = {}) {
    const at = reader.at
    const contents = within(INVALID_FORMAT, () => reader.enter(SEQUENCE))
    const name = mayBeEmpty && contents.done ? [] : readChipName(contents)
    return { at, name, der: reader.bytes.subarray(at, reader.at) }
}

const UTC_TIME = 0x17
const GENERALIZED_TIME = 0x18
/** two or four digits of year; the Z is optional; no fractions, no offsets */
const TIME_FORMS: Record<number, RegExp> = {
    [UTC_TIME]: /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z?$/,
    [GENERALIZED_TIME]: /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z?$/,
}

function readValidity(reader: DerReader): void {
    within(INVALID_DATE, () => {
        const fields = reader.enter(SEQUENCE)
        checkTime(fields)
        checkTime(fields)
        fields.finish()
    })
}

/** The chip parses dates but never compares them: it has no clock. */
function checkTime(fields: DerReader): void {
    const form = TIME_FORMS[fields.peek()]
    if (!form) throw new ChipError(UNEXPECTED_TAG)
    const { tag, contents } = fields.any()
    const parts = form.exec(contents.toString("latin1"))?.slice(1).map(Number)
    if (!parts || !isPossibleTime(tag, parts)) throw new ChipError(INVALID_DATE)
}

function isPossibleTime(
    tag: number,
    [digits = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0]: number[],
): boolean {
    const year = tag === UTC_TIME ? digits + (digits < 50 ? 2000 : 1900) : digits
    const isDay = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
    return isDay && hour <= 23 && minute <= 59 && second <= 59
}

function daysInMonth(year: number, month: number): number {
    const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
    if (month === 2) return isLeap ? 29 : 28
    return [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** Unique identifiers from version 2 on, extensions in version 3; trailing bytes are an error. */
function readTail(reader: DerReader, version: number): ChipExtensions {
    if (version !== V1) [1, 2].forEach(number => skipUniqueId(reader, number))
    const extensions = version === V3 && !reader.done ? readChipExtensions(reader) : NO_EXTENSIONS
    within(INVALID_FORMAT, () => reader.finish())
    return extensions
}

function skipUniqueId(reader: DerReader, number: number): void {
    if (reader.done || reader.peek() !== CONTEXT_CONSTRUCTED + number) return
    within(INVALID_FORMAT, () => reader.enter(CONTEXT_CONSTRUCTED + number))
}

function sameIdentifier(one: AlgorithmIdentifier, other: AlgorithmIdentifier): boolean {
    return one.oid.equals(other.oid) && one.tag === other.tag && one.parameters.equals(other.parameters)
}
