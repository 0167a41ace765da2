/**
 * The board configuration in flash ("dcfg"): name, pins and status light of a board.
 * The DeviceScript CLI's own code writes it; it is read here by the rules of the
 * chip: jacdac-c `source/jd_dcfg.c`, `inc/jd_dcfg.h`.
 *
 *   u32 LE magic, u32 LE magic, u32 LE total size, u16 LE entries, u16,
 *   u64    hash of the settings
 *   32 × u16 LE  jump table: index of the first entry whose hash starts with these 5 bits or higher ones
 *   entries, ascending by hash, then a terminator with hash 0xffff:
 *     16 bytes key, NUL-terminated; u16 LE hash; u16 LE size << 2 | type; u32 LE value or offset
 *   strings, NUL-terminated
 */
import { createHash } from "node:crypto"
import { isDeepStrictEqual } from "node:util"
import { AirpinError } from "../../certs/error.ts"
import { builtOnce } from "../vm/build-cache.ts"
import { CLI_VERSION, compileBoardWithCli } from "../vm/toolchain.ts"
import { type Board, invalidBoard } from "./boards.ts"
import type { FlashImage } from "./flash-image.ts"
import { isFiller } from "./flash-memory.ts"
import { readPartition, writePartition } from "./runtime-partitions.ts"

/** Size of its partition: `boards/partitions.csv` of devicescript-esp32. */
const REGION_BYTES = 0x2000
const MAGIC = [0x47464344, 0xcab49b0a] as const
const JUMPS_AT = 24
const JUMPS = 32
const JUMP_SHIFT = 11
const HEADER_BYTES = JUMPS_AT + 2 * JUMPS
const ENTRY_BYTES = 24
const KEY_BYTES = 16
const LAST_HASH = 0xffff
const types = { unsigned: 0, signed: 1, string: 2, blob: 3 } as const

/** A board configuration, as a chip reads it. */
export interface BoardConfig {
    /** undefined if the region has no such entry */
    devName: string | undefined
    productId: number | undefined
    archId: string | undefined
    /** GPIO of the sensors' bus; undefined if the board has none */
    i2c: { sda: number; scl: number } | undefined
    /** all entries by key, such as `pins.SDA` */
    entries: Map<string, string | number | Buffer>
}

/**
 * A copy of a runtime's file with the configuration of this board.
 * The first call for a board takes a second, because it loads the CLI.
 *
 * @throws AirpinError BOARD_INVALID, BOARD_CHIP_MISMATCH, PARTITION_MISSING, and BOARD_CONFIG_DAMAGED if the image's
 * own configuration is neither empty nor valid
 */
export async function patchBoardConfig(image: FlashImage, board: Board): Promise<Buffer> {
    if (image.chip !== board.chip)
        throw new AirpinError(
            "BOARD_CHIP_MISMATCH",
            `the board ${board.id} has an ${board.chip}, but the image is for an ${image.chip}`,
            `use a runtime image for the ${board.chip}`,
        )
    readBoardConfig(readPartition(image, "dcfg"))
    return writePartition(image, "dcfg", await boardConfigRegion(board))
}

/**
 * The contents of the board's partition, read back and compared with the board file.
 *
 * @throws AirpinError BOARD_INVALID with the CLI's message, BOARD_CONFIG_UNPROVEN
 */
async function boardConfigRegion({ id, definition }: Board): Promise<Buffer> {
    const sources = createHash("sha256").update(CLI_VERSION).update(JSON.stringify(definition))
    const { bytes: config } = await builtOnce(sources, ".dcfg", async () => compile(id, definition))
    if (config.length > REGION_BYTES)
        throw invalidBoard(
            id,
            `its configuration has ${config.length} bytes, more than the ${REGION_BYTES} of its partition`,
        )
    const region = Buffer.alloc(REGION_BYTES, 0xff)
    config.copy(region)
    verifyRegion(region, id, definition)
    return region
}

function compile(id: string, definition: object): Buffer {
    try {
        return compileBoardWithCli(definition)
    } catch (cause) {
        throw invalidBoard(id, (cause as Error).message, cause)
    }
}

/** Compares what the chip will read with the board file. */
function verifyRegion(region: Buffer, id: string, definition: Record<string, unknown>): void {
    const { devName, productId, archId, i2c } = readBoardConfig(region) ?? {}
    const pins = Object(definition.pins) as Record<string, number>
    const bus = definition.i2c as { pinSDA: string | number; pinSCL: string | number } | undefined
    const gpio = (pin: string | number) => (typeof pin === "string" ? pins[pin] : pin)
    const expected = {
        devName: definition.devName,
        productId: Number(definition.productId),
        archId: definition.archId,
        i2c: bus && { sda: gpio(bus.pinSDA), scl: gpio(bus.pinSCL) },
    }
    if (isDeepStrictEqual({ devName, productId, archId, i2c }, expected)) return
    throw new AirpinError(
        "BOARD_CONFIG_UNPROVEN",
        `the configuration built for ${id} reads as ${JSON.stringify({ devName, productId, archId, i2c })}, expected ${JSON.stringify(expected)}`,
    )
}

/**
 * The configuration in the region; undefined if the region is empty, as for a chip without a board.
 *
 * @throws AirpinError BOARD_CONFIG_DAMAGED with the error number that the chip would log
 */
export function readBoardConfig(region: Uint8Array): BoardConfig | undefined {
    const bytes = Buffer.from(region)
    if (isFiller(bytes.subarray(0, HEADER_BYTES))) return undefined
    const entries = new Map(readEntries(bytes).map(entry => [entry.key, entryValue(entry, bytes)]))
    const text = (key: string) => {
        const value = entries.get(key)
        return typeof value === "string" ? value : undefined
    }
    const productId = entries.get("productId")
    const [sda, scl] = [pinOf(entries, "i2c.pinSDA"), pinOf(entries, "i2c.pinSCL")]
    return {
        devName: text("devName"),
        productId: typeof productId === "number" ? productId : undefined,
        archId: text("archId"),
        i2c: sda !== undefined && scl !== undefined ? { sda, scl } : undefined,
        entries,
    }
}

/** A pin number, given as itself or by its label (`dcfg_get_pin`). */
function pinOf(entries: BoardConfig["entries"], key: string): number | undefined {
    const value = entries.get(key)
    const pin = typeof value === "string" ? entries.get(`pins.${value}`) : value
    return typeof pin === "number" ? pin : undefined
}

interface Entry {
    /** bytes from 0x80 are array indexes */
    key: string
    hash: number
    typeAndSize: number
    type: number
    sizeBytes: number
    value: number
}

/** The checks of `dcfg_validate`, in the same order. */
function readEntries(bytes: Buffer): Entry[] {
    if (bytes.length < HEADER_BYTES) throw damaged(2000, `it has ${bytes.length} bytes, less than a header`)
    if (bytes.readUInt32LE(0) !== MAGIC[0]) throw damaged(2002, "it does not begin with DCFG")
    if (bytes.readUInt32LE(4) !== MAGIC[1]) throw damaged(2003, "its second magic number is wrong")
    const totalBytes = bytes.readUInt32LE(8)
    const count = bytes.readUInt16LE(12)
    const dataAt = HEADER_BYTES + ENTRY_BYTES * (count + 1)
    if (totalBytes > bytes.length)
        throw damaged(2004, `its header says ${totalBytes} bytes, but its region has ${bytes.length}`)
    if (dataAt > totalBytes) throw damaged(2014, `${count} entries do not fit into ${totalBytes} bytes`)
    const entries = Array.from({ length: count + 1 }, (_, index) =>
        readEntry(bytes, HEADER_BYTES + ENTRY_BYTES * index),
    )
    const last = entries.pop()
    if (last?.hash !== LAST_HASH || last.typeAndSize !== LAST_HASH)
        throw damaged(2015, "the last entry is not followed by a terminator")
    checkJumps(bytes, [...entries, last])
    entries.forEach((entry, index) => checkEntry(entry, entries[index - 1]))
    for (const entry of entries) if (isText(entry)) checkText(entry, bytes, dataAt, totalBytes)
    return entries
}

function readEntry(bytes: Buffer, at: number): Entry {
    const [key = ""] = bytes.toString("latin1", at, at + KEY_BYTES).split("\0")
    const typeAndSize = bytes.readUInt16LE(at + KEY_BYTES + 2)
    return {
        key,
        hash: bytes.readUInt16LE(at + KEY_BYTES),
        typeAndSize,
        type: typeAndSize & 3,
        sizeBytes: typeAndSize >> 2,
        value: bytes.readUInt32LE(at + KEY_BYTES + 4),
    }
}

/** @param entries with the terminator */
function checkJumps(bytes: Buffer, entries: Entry[]): void {
    const startOf = ({ hash }: Entry) => hash >> JUMP_SHIFT
    for (let start = 0; start < JUMPS; start++) {
        const index = bytes.readUInt16LE(JUMPS_AT + 2 * start)
        const expected = entries.findIndex(entry => startOf(entry) >= start)
        if (index !== expected) throw damaged(2018, `jump ${start} leads to entry ${index} instead of ${expected}`)
    }
}

function checkEntry({ key, hash, type, sizeBytes }: Entry, before: Entry | undefined): void {
    if (key.length === KEY_BYTES) throw damaged(2006, `key ${JSON.stringify(key)} has no terminating NUL`)
    if (hashOf(key) !== hash) throw damaged(2007, `${hash} is not the hash of key ${JSON.stringify(key)}`)
    if (before && before.hash > hash) throw damaged(2008, `key ${JSON.stringify(key)} follows one with a larger hash`)
    if (!isText({ type }) && sizeBytes !== 0) throw damaged(2009, `the number ${JSON.stringify(key)} has a size`)
}

const isText = ({ type }: Pick<Entry, "type">) => type === types.string || type === types.blob

function checkText({ key, value, sizeBytes }: Entry, bytes: Buffer, dataAt: number, totalBytes: number): void {
    if (value < dataAt || value + sizeBytes >= totalBytes)
        throw damaged(2012, `the value of ${JSON.stringify(key)} lies outside the region`)
    if (bytes[value + sizeBytes] !== 0)
        throw damaged(2013, `the value of ${JSON.stringify(key)} has no terminating NUL`)
}

function entryValue({ type, sizeBytes, value }: Entry, bytes: Buffer): string | number | Buffer {
    if (type === types.string) return bytes.toString("utf8", value, value + sizeBytes)
    if (type === types.blob) return bytes.subarray(value, value + sizeBytes)
    return type === types.signed ? value | 0 : value
}

/** 32-bit FNV-1a folded to 16 bits (`keyhash` of jd_dcfg.c). */
function hashOf(key: string): number {
    let hash = 0x811c9dc5
    for (const byte of Buffer.from(key, "latin1")) hash = Math.imul(hash ^ byte, 0x01000193)
    return (hash ^ (hash >>> 16)) & 0xffff
}

function damaged(chipError: number, problem: string): AirpinError {
    return new AirpinError(
        "BOARD_CONFIG_DAMAGED",
        `the board configuration is damaged: ${problem}; a chip would log error ${chipError} and know none of its pins`,
    )
}
