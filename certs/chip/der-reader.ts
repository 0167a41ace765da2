/**
 * Reads DER as mbedTLS does (asn1parse.c, v3.5.0), with its error codes. It is lax
 * where mbedTLS is (lengths that could be shorter) and strict where mbedTLS is (at
 * most four length bytes, no indefinite length), because the model includes which
 * certificates the chip can read.
 */
import { ChipError, INVALID_DATA, INVALID_LENGTH, LENGTH_MISMATCH, OUT_OF_DATA, UNEXPECTED_TAG } from "./status.ts"

export const BOOLEAN = 0x01
export const INTEGER = 0x02
export const BIT_STRING = 0x03
export const OCTET_STRING = 0x04
export const NULL = 0x05
export const OBJECT_IDENTIFIER = 0x06
export const SEQUENCE = 0x30
export const SET = 0x31
export const CONTEXT = 0x80
export const CONTEXT_CONSTRUCTED = 0xa0

const MAX_LENGTH_BYTES = 4
const MAX_UNUSED_BITS = 7
const MAX_INT = 0x7fffffff

/** A position in a buffer and an end that it cannot pass. Every method throws ChipError with a low code. */
export class DerReader {
    readonly bytes: Buffer
    readonly end: number
    at: number

    constructor(bytes: Buffer, at = 0, end = bytes.length) {
        this.bytes = bytes
        this.at = at
        this.end = end
    }

    get done(): boolean {
        return this.at === this.end
    }

    /** the byte at the position */
    peek(): number {
        if (this.at >= this.end) throw new ChipError(OUT_OF_DATA)
        return this.bytes.readUInt8(this.at)
    }

    /** Reads one byte. */
    byte(): number {
        const value = this.peek()
        this.at++
        return value
    }

    /** Reads a length. The contents must end before this reader's end. */
    length(): number {
        const first = this.byte()
        const length = first < 0x80 ? first : this.longLength(first & 0x7f)
        if (length > this.end - this.at) throw new ChipError(OUT_OF_DATA)
        return length
    }

    private longLength(count: number): number {
        if (count === 0 || count > MAX_LENGTH_BYTES) throw new ChipError(INVALID_LENGTH)
        if (this.end - this.at < count) throw new ChipError(OUT_OF_DATA)
        const length = this.bytes.readUIntBE(this.at, count)
        this.at += count
        return length
    }

    /** Reads tag and length, up to the first byte of the contents; returns the length in bytes. */
    header(tag: number): number {
        if (this.peek() !== tag) throw new ChipError(UNEXPECTED_TAG)
        this.at++
        return this.length()
    }

    /** Skips a value; returns a reader for its contents. */
    enter(tag: number): DerReader {
        const length = this.header(tag)
        this.at += length
        return new DerReader(this.bytes, this.at - length, this.at)
    }

    /** As `enter`, for a value that must extend to this reader's end. */
    enterToEnd(tag: number): DerReader {
        const inner = this.enter(tag)
        if (!this.done) throw new ChipError(LENGTH_MISMATCH)
        return inner
    }

    /** Reads a value with any tag. */
    any(): { tag: number; contents: Buffer } {
        const tag = this.byte()
        const length = this.length()
        this.at += length
        return { tag, contents: this.bytes.subarray(this.at - length, this.at) }
    }

    /** Skips a value; returns its contents. */
    contents(tag: number): Buffer {
        return this.enter(tag).rest()
    }

    /** All bytes up to the end; the position stays. */
    rest(): Buffer {
        return this.bytes.subarray(this.at, this.end)
    }

    finish(): void {
        if (!this.done) throw new ChipError(LENGTH_MISMATCH)
    }

    boolean(): boolean {
        const contents = this.contents(BOOLEAN)
        if (contents.length !== 1) throw new ChipError(INVALID_LENGTH)
        return contents[0] !== 0
    }

    /** Reads an INTEGER from 0 to 2^31 - 1. */
    integer(): number {
        const contents = this.contents(INTEGER)
        if (contents.length === 0 || contents.readUInt8(0) >= 0x80) throw new ChipError(INVALID_LENGTH)
        const value = BigInt(`0x${contents.toString("hex")}`)
        if (value > MAX_INT) throw new ChipError(INVALID_LENGTH)
        return Number(value)
    }

    /** Reads a BIT STRING without unused bits; returns its bytes. */
    wholeBytes(): Buffer {
        const contents = this.contents(BIT_STRING)
        if (contents.length === 0 || contents[0] !== 0) throw new ChipError(INVALID_DATA)
        return contents.subarray(1)
    }

    /** Reads a BIT STRING that extends to the end; returns its bytes. */
    bitsToEnd(): Buffer {
        const contents = this.contents(BIT_STRING)
        if (contents.length === 0) throw new ChipError(OUT_OF_DATA)
        if (contents.readUInt8(0) > MAX_UNUSED_BITS) throw new ChipError(INVALID_LENGTH)
        this.finish()
        return contents.subarray(1)
    }
}
