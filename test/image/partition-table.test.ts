import assert from "node:assert/strict"
import { parsePartitionTable } from "../../devs/image/partition-table.ts"
import { flipBit, overwrite } from "../support/damage.ts"
import { buildPartitionTable, type PartitionRow } from "../support/firmware-image.ts"

const FLASH_BYTES = 4 * 1024 * 1024

/** The flash sector with a table of these rows. */
function sectorOf(rows?: PartitionRow[], md5Row?: boolean): Buffer {
    return Buffer.concat([buildPartitionTable(rows, md5Row), Buffer.alloc(0x400, 0xff)])
}

function changed(bytes: Buffer, at: number, value: number | Uint8Array): Buffer {
    return overwrite(bytes, at, typeof value === "number" ? [value] : value)
}

const app: PartitionRow = { label: "factory", type: 0, subtype: 0, offset: 0x10000, sizeBytes: 0x100000 }
const data: PartitionRow = { label: "fstor", type: 0x8a, subtype: 1, offset: 0x110000, sizeBytes: 0x40000 }
const sector = sectorOf()
const refuses = (bytes: Buffer, code: string, flashBytes = FLASH_BYTES) =>
    assert.throws(() => parsePartitionTable(bytes, flashBytes), { name: "AirpinError", code })

describe("the partition table", () => {
    it("lists the partitions of a DeviceScript runtime", () => {
        const expected = [
            { label: "dcfg", type: 0x8a, subtype: 0, offset: 0x9000, sizeBytes: 0x2000 },
            { label: "nvs", type: 1, subtype: 2, offset: 0xb000, sizeBytes: 0x4000 },
            { label: "phy_init", type: 1, subtype: 1, offset: 0xf000, sizeBytes: 0x1000 },
            { label: "factory", type: 0, subtype: 0, offset: 0x10000, sizeBytes: 1769472 },
            { label: "fstor", type: 0x8a, subtype: 1, offset: 0x1c0000, sizeBytes: 262144 },
        ]
        assert.deepEqual(parsePartitionTable(sector, FLASH_BYTES), expected)
    })

    it("reads a row as gen_esp32part.py writes it, byte by byte, with the MD5 row and without", () => {
        const row = "aa50" + "01" + "02" + "00900000" + "00600000" + "6e767300000000000000000000000000" + "00000000"
        const md5 = "ebeb" + "ff".repeat(14) + "b4c047fedfd4c422a5056563db563efa"
        const expected = [{ label: "nvs", type: 1, subtype: 2, offset: 0x9000, sizeBytes: 0x6000 }]
        for (const hex of [row, row + md5]) {
            const bytes = changed(Buffer.alloc(0x1000, 0xff), 0, Buffer.from(hex, "hex"))
            assert.deepEqual(parsePartitionTable(bytes, FLASH_BYTES), expected)
        }
    })

    it("may have 95 rows, which is the maximum, and labels of 16 characters", () => {
        const rows = Array.from({ length: 95 }, (_, at) => ({
            ...data,
            label: "partition_number",
            offset: 0x9000 + at * 0x1000,
            sizeBytes: 0x1000,
        }))
        assert.equal(parsePartitionTable(sectorOf(rows, false), FLASH_BYTES).length, 95)
    })

    it("may list the bootloader and itself, as from ESP-IDF 5.4", () => {
        const own = [
            { label: "bootloader", type: 2, subtype: 0, offset: 0x1000, sizeBytes: 0x7000 },
            { label: "table", type: 3, subtype: 0, offset: 0x8000, sizeBytes: 0x1000 },
        ]
        assert.equal(parsePartitionTable(sectorOf([...own, app]), FLASH_BYTES).length, 3)
    })

    const many = Array.from({ length: 96 }, (_, at) => ({
        ...data,
        label: `p${at}`,
        offset: 0x9000 + at * 0x1000,
        sizeBytes: 0x1000,
    }))
    const bad: Record<string, Buffer> = {
        PARTITION_TABLE_MISSING: Buffer.alloc(0x1000, 0xff),
        PARTITION_TABLE_TRUNCATED: sector.subarray(0, 0xfff),
        PARTITION_TABLE_ENDLESS: sectorOf(many, false),
        PARTITION_TABLE_SIGNED: changed(sector, 0xc00, 0xe7),
        PARTITION_TABLE_MD5_WRONG: changed(sector, 12, 0x44),
        PARTITION_TABLE_CORRUPT: changed(sector, 32, 0xab),
        PARTITION_MISALIGNED: sectorOf([{ ...app, offset: 0x11000 }]),
        PARTITION_OVERLAP: sectorOf([app, { ...data, offset: 0x10f000 }]),
        PARTITION_BEYOND_FLASH: sectorOf([app, { ...data, offset: 0x3c1000 }]),
    }
    for (const [code, bytes] of Object.entries(bad)) it(`refuses ${code}`, () => refuses(bytes, code))

    it("is refused if a partition covers it", () => {
        refuses(sectorOf([{ ...data, offset: 0x8000, sizeBytes: 0x1000 }]), "PARTITION_OVERLAP")
    })

    it("is refused if partitions overlap, in any order", () => {
        refuses(sectorOf([{ ...data, offset: 0x10f000 }, app]), "PARTITION_OVERLAP")
    })

    it("is refused with an unprintable label, and with rows behind its end", () => {
        refuses(changed(sectorOf([app], false), 12, 0x1b), "PARTITION_TABLE_CORRUPT")
        refuses(changed(sectorOf([app], false), 64, sectorOf([app]).subarray(0, 32)), "PARTITION_TABLE_CORRUPT")
    })

    it("is refused with any bit of its sector flipped", () => {
        for (let bit = 0; bit < sector.length * 8; bit++) {
            const flipped = flipBit(sector, bit)
            assert.throws(() => parsePartitionTable(flipped, FLASH_BYTES), { name: "AirpinError" }, `bit ${bit}`)
        }
    })
})
