/**
 * Codec for consecutive readings of one boot: a block of at most 228 bytes for flash.
 *
 * A head, then for each reading one bit (1: it ends one step after the previous
 * reading and has the same quantities) and the change of each quantity as an
 * adaptive Rice code, in which small changes take few bits. The Rice parameter
 * follows the mean change of the quantity as in LOCO-I (Weinberger et al., IEEE
 * Trans. Image Process. 9 (2000) 1309, section III.C).
 *
 * A day of a recorded office takes 14 bits a reading for CO2, temperature and
 * humidity, and 25 to 28 for all five quantities.
 */
import * as ds from "@devicescript/core"
import { Boot } from "../boot/boot"
import { QUANTITY_COUNT } from "../wire"
import { Bits } from "./bits"
import { minScaled, Ring } from "./ring"

/** With its key (3 bytes) and a zero byte, a block takes the 232 bytes that the store accepts. */
const MAX_BLOCK_BYTES = 228
/** Limits the memory and time that encoding takes. */
export const MAX_BLOCK_READINGS = 64

/**
 * Head: CRC-16 of the rest u16, count and random number of the boot, the other fields of `BlockHead`,
 * number of readings u8.
 */
const BODY_AT = 27
const CRC_BYTES = 2
const COUNT_AT = 26

/** The runtime stops a program that takes 128 k steps without yielding; a reading takes 2 k. */
const READINGS_PER_YIELD = 8

/** Unary length that escapes to a raw value. */
const ESCAPE_ONES = 12
const VALUE_BITS = 16
/** The mean covers about this many changes. */
const MEAN_WINDOW = 16
const FIRST_MEAN = 4
const MEAN_BYTES = 8
const MEAN_COUNT_AT = 4

/** Fields of a block that describe its boot. */
export interface BootHead {
    /** u32 each */
    boot: Boot
    /** u16: seconds per interval */
    stepS: number
    /** u32: Unix seconds at uptime 0, or while unknown seconds of the chain (`boot/uptime-chain.ts`) */
    offsetS: number
    /** u16: readings that this boot had dropped because RAM or flash was full, or because the server rejected them */
    full: number
}

export interface BlockHead extends BootHead {
    /** u32: sequence number of the first reading, and end of its interval in seconds of uptime */
    firstSeq: number
    firstEndS: number
    /** readings in the block */
    count: number
}

/** Adaptive state of encoder and decoder: sum and number of the changes of each quantity, u32 each. */
function newMeans(): Buffer {
    const means = Buffer.alloc(QUANTITY_COUNT * MEAN_BYTES)
    for (let at = 0; at < means.length; at += MEAN_BYTES) {
        means.setAt(at, "u32", FIRST_MEAN)
        means.setAt(at + MEAN_COUNT_AT, "u32", 1)
    }
    return means
}

/** Number of low bits of a change that are written without coding. */
function riceParameter(means: Buffer, quantity: number): number {
    const sum = means.getAt(quantity * MEAN_BYTES, "u32")
    const count = means.getAt(quantity * MEAN_BYTES + MEAN_COUNT_AT, "u32")
    let width = 0
    while (count << width < sum) width++
    return width
}

function updateMeans(means: Buffer, quantity: number, size: number) {
    const at = quantity * MEAN_BYTES
    const sum = means.getAt(at, "u32") + size
    const count = means.getAt(at + MEAN_COUNT_AT, "u32") + 1
    const halved = count < MEAN_WINDOW ? 0 : 1
    means.setAt(at, "u32", sum >> halved)
    means.setAt(at + MEAN_COUNT_AT, "u32", count >> halved)
}

/**
 * Encodes as many readings of `ring`, oldest first, as fit into a block.
 *
 * @param ring must not change until the block is complete
 */
export async function encodeBlock(head: BootHead, ring: Ring): Promise<Buffer> {
    const bytes = Buffer.alloc(MAX_BLOCK_BYTES)
    const writer = new Bits(bytes, BODY_AT)
    const means = newMeans()
    let count = 0
    let end = writer.position
    while (count < ring.count) {
        putReading(writer, means, ring, count, head.stepS)
        if (writer.full) break
        end = writer.position
        if (++count % READINGS_PER_YIELD === 0) await ds.sleep(1)
    }
    putHead(bytes, head, ring, count)
    const block = bytes.slice(0, (end + 7) >> 3)
    block.setAt(0, "u16", checksum(block))
    return block
}

function putHead(bytes: Buffer, head: BootHead, ring: Ring, count: number) {
    bytes.setAt(2, "u32", head.boot.count)
    bytes.setAt(6, "u32", head.boot.random)
    bytes.setAt(10, "u32", ring.firstSeq)
    bytes.setAt(14, "u32", ring.endS(0))
    bytes.setAt(18, "u16", head.stepS)
    bytes.setAt(20, "u32", head.offsetS)
    bytes.setAt(24, "u16", head.full)
    bytes[COUNT_AT] = count
}

function putReading(writer: Bits, means: Buffer, ring: Ring, index: number, stepS: number) {
    const flags = ring.flags(index)
    const before = index === 0 ? 0 : ring.flags(index - 1)
    const steps = index === 0 ? 1 : Math.round((ring.endS(index) - ring.endS(index - 1)) / stepS)
    if (flags === before && steps === 1) writer.put(1, 1)
    else {
        writer.put(0, 1)
        writer.put(flags, QUANTITY_COUNT)
        putSteps(writer, steps)
    }
    for (let i = 0; i < QUANTITY_COUNT; i++) {
        if ((flags & (1 << i)) === 0) continue
        const value = ring.value(index, i)
        if ((before & (1 << i)) === 0) writer.put(value - minScaled(i), VALUE_BITS)
        else putChange(writer, means, i, value - ring.value(index - 1, i), value - minScaled(i))
    }
}

/** Elias gamma code of a whole number from 1: as many zeros as there are bits below its highest. */
function putSteps(writer: Bits, steps: number) {
    let width = 0
    while (steps >> (width + 1) > 0) width++
    writer.put(0, width)
    writer.put(steps, width + 1)
}

function putChange(writer: Bits, means: Buffer, quantity: number, change: number, raw: number) {
    const size = change >= 0 ? 2 * change : -2 * change - 1
    const width = riceParameter(means, quantity)
    const ones = size >> width
    if (ones < ESCAPE_ONES) {
        writer.put((1 << (ones + 1)) - 2, ones + 1)
        writer.put(size & ((1 << width) - 1), width)
    } else {
        writer.put((1 << ESCAPE_ONES) - 1, ESCAPE_ONES)
        writer.put(raw, VALUE_BITS)
    }
    updateMeans(means, quantity, size)
}

/** Checks a block and decodes its head; undefined if the block is damaged. */
export function readBlockHead(block: Buffer): BlockHead {
    return block.length >= BODY_AT && block.getAt(0, "u16") === checksum(block) ? decodeHead(block) : undefined
}

/** Replaces the content of `ring` with the block's readings from `fromSeq` on, up to the capacity of the ring. */
export async function decodeBlock(head: BlockHead, block: Buffer, ring: Ring, fromSeq: number): Promise<void> {
    const reader = new Bits(block, BODY_AT)
    const means = newMeans()
    const values: number[] = []
    let endS = head.firstEndS - head.stepS
    let flags = 0
    ring.restart(Math.max(fromSeq, head.firstSeq), head.stepS)
    for (let i = 0; i < head.count && !ring.isFull(); i++) {
        const before = flags
        let steps = 1
        if (reader.take(1) === 0) {
            flags = reader.take(QUANTITY_COUNT)
            steps = takeSteps(reader)
        }
        endS += steps * head.stepS
        takeValues(reader, means, values, before, flags)
        if (head.firstSeq + i >= fromSeq) ring.push(endS, values)
        if ((i + 1) % READINGS_PER_YIELD === 0) await ds.sleep(1)
    }
}

/** Decodes the head of a block that is known to be intact. */
export function decodeHead(block: Buffer): BlockHead {
    return {
        boot: { count: block.getAt(2, "u32"), random: block.getAt(6, "u32") },
        firstSeq: block.getAt(10, "u32"),
        firstEndS: block.getAt(14, "u32"),
        stepS: block.getAt(18, "u16"),
        offsetS: block.getAt(20, "u32"),
        full: block.getAt(24, "u16"),
        count: block[COUNT_AT],
    }
}

function takeValues(reader: Bits, means: Buffer, values: number[], before: number, flags: number) {
    for (let i = 0; i < QUANTITY_COUNT; i++) {
        if ((flags & (1 << i)) === 0) values[i] = undefined
        else if ((before & (1 << i)) === 0) values[i] = minScaled(i) + reader.take(VALUE_BITS)
        else values[i] = takeChange(reader, means, i, values[i])
    }
}

function takeSteps(reader: Bits): number {
    let width = 0
    while (width < 31 && reader.take(1) === 0) width++
    return (1 << width) | reader.take(width)
}

function takeChange(reader: Bits, means: Buffer, quantity: number, before: number): number {
    const width = riceParameter(means, quantity)
    let ones = 0
    while (ones < ESCAPE_ONES && reader.take(1) === 1) ones++
    const value =
        ones < ESCAPE_ONES
            ? before + fromZigzag((ones << width) | reader.take(width))
            : minScaled(quantity) + reader.take(VALUE_BITS)
    const change = value - before
    updateMeans(means, quantity, change >= 0 ? 2 * change : -2 * change - 1)
    return value
}

function fromZigzag(size: number): number {
    return (size & 1) === 0 ? size >> 1 : -((size + 1) >> 1)
}

/** CRC-16/IBM-3740 ("CCITT-FALSE") of all bytes after the first two. */
function checksum(block: Buffer): number {
    let sum = 0xffff
    for (let i = CRC_BYTES; i < block.length; i++) {
        let x = (sum >> 8) ^ block[i]
        x ^= x >> 4
        sum = ((sum << 8) ^ (x << 12) ^ (x << 5) ^ x) & 0xffff
    }
    return sum
}
