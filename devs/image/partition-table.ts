/**
 * The ESP-IDF partition table: rows of 32 bytes; an erased row ends it.
 * Sources: `esp_flash_partitions.h`, `gen_esp32part.py`.
 */
import { createHash } from "node:crypto"
import { AirpinError } from "../../certs/error.ts"
import { addressText, isErased, REPLACE_FILE } from "./flash-memory.ts"

export interface Partition {
    label: string
    /** 0: application; 1: data; from 0x40: defined by the project */
    type: number
    subtype: number
    /** flash address */
    offset: number
    sizeBytes: number
}

/** CONFIG_PARTITION_TABLE_OFFSET, as every DeviceScript runtime has it */
export const TABLE_ADDRESS = 0x8000
export const TABLE_SECTOR_BYTES = 0x1000
/** type of a partition for an application */
export const APP_TYPE = 0
/** ESP_PARTITION_TABLE_MAX_LEN; the rest of the sector is for a signature */
const TABLE_BYTES = 0xc00
const ROW_BYTES = 32
const ROW_MAGIC = 0x50aa
const MD5_MAGIC = 0xebeb
/** the MD5 is the second half of its row */
const MD5_AT = 16
const LABEL_AT = 12
const LABEL_BYTES = 16
/** An application is mapped in pages of this size, so it has to begin at a page. */
const APP_ALIGNMENT = 0x10000

/** True if the bytes begin with a row of a partition table. */
export function isPartitionTable(bytes: Buffer): boolean {
    return bytes.length >= ROW_BYTES && bytes.readUInt16LE(0) === ROW_MAGIC
}

/**
 * The partitions, in the order of the table.
 *
 * @param bytes the sector of the table, 4096 bytes
 * @param flashSizeBytes end of the flash, which no partition may exceed
 * @throws AirpinError PARTITION_TABLE_MISSING, PARTITION_TABLE_TRUNCATED, PARTITION_TABLE_ENDLESS,
 * PARTITION_TABLE_SIGNED, PARTITION_TABLE_MD5_WRONG, PARTITION_TABLE_CORRUPT, PARTITION_MISALIGNED,
 * PARTITION_OVERLAP, PARTITION_BEYOND_FLASH
 */
export function parsePartitionTable(bytes: Buffer, flashSizeBytes: number): Partition[] {
    if (!isPartitionTable(bytes))
        throw new AirpinError(
            "PARTITION_TABLE_MISSING",
            `there is no partition table at flash address ${addressText(TABLE_ADDRESS)}`,
            REPLACE_FILE,
        )
    if (bytes.length < TABLE_SECTOR_BYTES) throw truncated(bytes.length)
    const table = bytes.subarray(0, TABLE_BYTES)
    const rows = countRows(table)
    const partitions = Array.from({ length: rows }, (_, at) => readRow(table.subarray(at * ROW_BYTES), at))
    checkEnd(table, rows)
    checkUnsigned(bytes.subarray(TABLE_BYTES, TABLE_SECTOR_BYTES))
    checkPlaces(partitions, flashSizeBytes)
    return partitions
}

function truncated(sizeBytes: number): AirpinError {
    return new AirpinError(
        "PARTITION_TABLE_TRUNCATED",
        `the file ends within the partition table, after ${sizeBytes} bytes of it`,
    )
}

function countRows(table: Buffer): number {
    for (let rows = 0; rows * ROW_BYTES < TABLE_BYTES; rows++) {
        const magic = table.readUInt16LE(rows * ROW_BYTES)
        if (magic === MD5_MAGIC || isErased(table.subarray(rows * ROW_BYTES, (rows + 1) * ROW_BYTES))) return rows
        if (magic !== ROW_MAGIC)
            throw corrupt(`row ${rows + 1} begins with ${addressText(magic)} instead of ${addressText(ROW_MAGIC)}`)
    }
    throw new AirpinError("PARTITION_TABLE_ENDLESS", `the partition table has no end mark within ${TABLE_BYTES} bytes`)
}

function corrupt(what: string): AirpinError {
    return new AirpinError("PARTITION_TABLE_CORRUPT", `the partition table is damaged: ${what}`)
}

function readRow(row: Buffer, index: number): Partition {
    const label = row.toString("latin1", LABEL_AT, LABEL_AT + LABEL_BYTES).replace(/\0+$/, "")
    if (!/^[\x20-\x7e]+$/.test(label)) throw corrupt(`the label of row ${index + 1} is not printable ASCII`)
    return {
        label,
        type: row.readUInt8(2),
        subtype: row.readUInt8(3),
        offset: row.readUInt32LE(4),
        sizeBytes: row.readUInt32LE(8),
    }
}

/** Only the MD5 row, which older tables lack, may follow the rows. */
function checkEnd(table: Buffer, rows: number): void {
    const end = table.subarray(rows * ROW_BYTES)
    const hasMd5 = end.length > 0 && end.readUInt16LE(0) === MD5_MAGIC
    if (hasMd5) checkMd5(table.subarray(0, rows * ROW_BYTES), end.subarray(0, ROW_BYTES))
    if (!isErased(end.subarray(hasMd5 ? ROW_BYTES : 0))) throw corrupt("there are bytes behind its end")
}

function checkMd5(rows: Buffer, md5Row: Buffer): void {
    const md5 = createHash("md5").update(rows).digest("hex")
    const stored = md5Row.toString("hex", MD5_AT)
    if (md5 !== stored)
        throw new AirpinError(
            "PARTITION_TABLE_MD5_WRONG",
            `the MD5 of the partition table is ${md5}; the table says ${stored}`,
        )
    if (!isErased(md5Row.subarray(2, MD5_AT))) throw corrupt("its MD5 row has other bytes besides the MD5")
}

function checkUnsigned(behind: Buffer): void {
    if (isErased(behind)) return
    throw new AirpinError(
        "PARTITION_TABLE_SIGNED",
        "there are bytes behind the partition table, probably a Secure Boot signature",
    )
}

function checkPlaces(partitions: Partition[], flashSizeBytes: number): void {
    for (const partition of partitions) {
        if (endOf(partition) > flashSizeBytes) throw beyondFlash(partition, flashSizeBytes)
        if (partition.type === APP_TYPE && partition.offset % APP_ALIGNMENT !== 0) throw misaligned(partition)
    }
    const ascending = [...partitions].sort((one, other) => one.offset - other.offset)
    for (const [at, partition] of ascending.entries()) {
        const before = ascending[at - 1]
        if (before && endOf(before) > partition.offset) throw overlap(`"${before.label}"`, partition)
        if (coversTable(partition)) throw overlap("the partition table", partition)
    }
}

const endOf = ({ offset, sizeBytes }: Partition) => offset + sizeBytes

/** From ESP-IDF 5.4, the table may list bootloaders and itself, as types 2 and 3. */
const OWN_TYPES = [2, 3]

function coversTable(partition: Partition): boolean {
    return partition.offset < TABLE_ADDRESS + TABLE_SECTOR_BYTES && !OWN_TYPES.includes(partition.type)
}

function beyondFlash(partition: Partition, flashSizeBytes: number): AirpinError {
    const message = `partition "${partition.label}" ends at ${addressText(endOf(partition))}, behind the end of the flash at ${addressText(flashSizeBytes)}`
    return new AirpinError("PARTITION_BEYOND_FLASH", message)
}

function misaligned({ label, offset }: Partition): AirpinError {
    const message = `partition "${label}" begins at ${addressText(offset)}, which is not a multiple of ${addressText(APP_ALIGNMENT)}`
    return new AirpinError("PARTITION_MISALIGNED", message)
}

function overlap(other: string, { label, offset }: Partition): AirpinError {
    return new AirpinError("PARTITION_OVERLAP", `partition "${label}" at ${addressText(offset)} overlaps ${other}`)
}
