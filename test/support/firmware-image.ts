/**
 * Builds flash images in the layout of ESP-IDF and esptool, without the code under test. Sources:
 * ESP-IDF v5.0.5 `esp_app_format.h`, `esp_flash_partitions.h`, `gen_esp32part.py`; esptool "Firmware
 * Image Format".
 */
import { createHash } from "node:crypto"
import { rootCertificates } from "node:tls"
import type { BundleEntry } from "../../certs/bundle/bundle.ts"
import { parsePem } from "../../certs/x509/certificate.ts"

export type ChipName = "esp32" | "esp32s2" | "esp32c3" | "esp32s3"

/** One row of the partition table. */
export interface PartitionRow {
    label: string
    type: number
    subtype: number
    /** flash address */
    offset: number
    sizeBytes: number
}

/** An application image. */
export interface AppOptions {
    /** the certificate bundles in its mapped data; default: one of `realRoots(121)`, in the format of ESP-IDF v5.0 */
    bundles?: Buffer[]
    /** append a SHA-256; default true */
    hash?: boolean
    /** append a signature block at the next 4096 boundary; default false */
    signed?: boolean
    /** sizes of mapped data, mapped code and RAM; default: 400 kB, 1.2 MB, 80 kB, more if the bundles need it */
    dataBytes?: number
    /** 0 for no mapped code, so that the image need not reach the next page of 64 kB */
    codeBytes?: number
    ramBytes?: number
    projectName?: string
    version?: string
    idfVersion?: string
}

/** A flash image. */
export interface FirmwareOptions {
    /** default esp32 */
    chip?: ChipName
    /** flash address of the first byte; default: that of the chip's bootloader */
    startAt?: 0 | 0x1000
    /** end the partition table with an MD5 row; default true */
    md5Row?: boolean
    /** with two, ota_0 and ota_1 replace the factory partition of a DeviceScript runtime; default: one, `{}` */
    apps?: AppOptions[]
    /** contents of the partitions; default: erased */
    dcfg?: Uint8Array
    fstor?: Uint8Array
    /** default 4 */
    flashSizeMb?: 1 | 2 | 4 | 8 | 16
}

/** Offset of the first bundle in the application image: odd, as is usual. */
export const BUNDLE_AT = 0x1235
/** flash addresses in the partition table of a DeviceScript runtime */
export const TABLE_ADDRESS = 0x8000
export const DCFG_ADDRESS = 0x9000
export const APP_ADDRESS = 0x10000
export const FSTOR_ADDRESS = 0x1c0000
/** address of the second of two applications */
export const SECOND_APP_ADDRESS = 0xe0000

const SECTOR_BYTES = 4096
const KB = 1024

interface Chip {
    id: number
    bootloaderAt: 0 | 0x1000
    /** load addresses; mapped ones are 0x20 behind a page, because headers of 24 and 8 bytes precede the first */
    data: number
    code: number
    dram: number
    iram: number
}

const chips: Record<ChipName, Chip> = {
    esp32: { id: 0, bootloaderAt: 0x1000, data: 0x3f400020, code: 0x400d0020, dram: 0x3ffb0000, iram: 0x40080000 },
    esp32s2: { id: 2, bootloaderAt: 0x1000, data: 0x3f000020, code: 0x40080020, dram: 0x3ffc0000, iram: 0x40024000 },
    esp32c3: { id: 5, bootloaderAt: 0, data: 0x3c120020, code: 0x42000020, dram: 0x3fc90000, iram: 0x40380000 },
    esp32s3: { id: 9, bootloaderAt: 0, data: 0x3c120020, code: 0x42000020, dram: 0x3fc90000, iram: 0x40374000 },
}

/** The partition tables as rows for `gen_esp32part.py`. */
const runtimeRows: PartitionRow[] = [
    { label: "dcfg", type: 0x8a, subtype: 0, offset: DCFG_ADDRESS, sizeBytes: 0x2000 },
    { label: "nvs", type: 1, subtype: 2, offset: 0xb000, sizeBytes: 0x4000 },
    { label: "phy_init", type: 1, subtype: 1, offset: 0xf000, sizeBytes: 0x1000 },
    { label: "factory", type: 0, subtype: 0, offset: APP_ADDRESS, sizeBytes: 1728 * KB },
    { label: "fstor", type: 0x8a, subtype: 1, offset: FSTOR_ADDRESS, sizeBytes: 256 * KB },
]
const otaRows: PartitionRow[] = [
    ...runtimeRows.slice(0, 3),
    { label: "ota_0", type: 0, subtype: 0x10, offset: APP_ADDRESS, sizeBytes: SECOND_APP_ADDRESS - APP_ADDRESS },
    {
        label: "ota_1",
        type: 0,
        subtype: 0x11,
        offset: SECOND_APP_ADDRESS,
        sizeBytes: FSTOR_ADDRESS - SECOND_APP_ADDRESS,
    },
    ...runtimeRows.slice(4),
]

/**
 * A flash image: bootloader, partition table, applications, and the given contents of other
 * partitions, with 0xFF in between and up to a multiple of 4096. The default has 1.8 MB and the layout
 * of a DeviceScript runtime.
 */
export function buildFirmware(options: FirmwareOptions = {}): Buffer {
    const { chip = "esp32", md5Row = true, apps = [{}], flashSizeMb = 4 } = options
    const startAt = options.startAt ?? chips[chip].bootloaderAt
    const parts: [address: number, bytes: Uint8Array][] = [
        [chips[chip].bootloaderAt, buildBootloader(chip, flashSizeMb)],
        [TABLE_ADDRESS, buildPartitionTable(apps.length === 1 ? runtimeRows : otaRows, md5Row)],
        ...apps.map((app, at): [number, Buffer] => [at === 0 ? APP_ADDRESS : SECOND_APP_ADDRESS, buildApp(app, chip)]),
    ]
    if (options.dcfg) parts.push([DCFG_ADDRESS, options.dcfg])
    if (options.fstor) parts.push([FSTOR_ADDRESS, options.fstor])
    return merge(parts, startAt)
}

function merge(parts: [address: number, bytes: Uint8Array][], startAt: number): Buffer {
    const end = Math.max(...parts.map(([address, bytes]) => address + bytes.length))
    const file = Buffer.alloc(roundUp(end - startAt, SECTOR_BYTES), 0xff)
    for (const [address, bytes] of parts) file.set(bytes, address - startAt)
    return file
}

/** A small image like the second-stage bootloader: all of it in RAM, with a hash appended. */
export function buildBootloader(chip: ChipName = "esp32", flashSizeMb = 4): Buffer {
    const { dram, iram } = chips[chip]
    const segments: Segment[] = [
        [dram, noise(0x400, 1)],
        [iram, noise(0x1800, 2)],
    ]
    return buildImage(segments, { chip, flashSizeMb })
}

/** The rows, an MD5 row if requested, and 0xFF up to 0xC00, as `gen_esp32part.py` writes them. */
export function buildPartitionTable(rows: PartitionRow[] = runtimeRows, md5Row = true): Buffer {
    const packed = Buffer.concat(rows.map(packRow))
    const md5 = Buffer.concat([
        Buffer.of(0xeb, 0xeb),
        Buffer.alloc(14, 0xff),
        createHash("md5").update(packed).digest(),
    ])
    const table = Buffer.alloc(0xc00, 0xff)
    table.set(md5Row ? Buffer.concat([packed, md5]) : packed)
    return table
}

function packRow({ label, type, subtype, offset, sizeBytes }: PartitionRow): Buffer {
    const row = Buffer.alloc(32)
    row.set([0xaa, 0x50, type, subtype])
    row.writeUInt32LE(offset, 4)
    row.writeUInt32LE(sizeBytes, 8)
    row.write(label, 12, 16, "latin1")
    return row
}

/** An application image: mapped data with its description first, RAM, mapped code, RAM. */
export function buildApp(options: AppOptions = {}, chip: ChipName = "esp32"): Buffer {
    const { data, code, dram, iram } = chips[chip]
    const { codeBytes = 1200 * KB, ramBytes = 80 * KB, hash = true, signed = false } = options
    const segments: Segment[] = [
        [data, mappedData(options)],
        [dram, noise(ramBytes >> 2, 5)],
    ]
    if (codeBytes > 0) segments.push([iram, noise(gapBeforeCode(segments), 6)], [code, noise(codeBytes, 7)])
    segments.push([iram + 0x10000, noise(ramBytes - (ramBytes >> 2), 8)])
    const image = buildImage(segments, { chip, hash })
    return signed ? sign(image) : image
}

const PAGE_BYTES = 64 * KB
const HEADER_BYTES = 24
const SEGMENT_HEADER_BYTES = 8

/** Length of the segment before the mapped code that makes flash and load address agree within a page. */
function gapBeforeCode(before: Segment[]): number {
    const end = before.reduce((sum, [, data]) => sum + SEGMENT_HEADER_BYTES + data.length, HEADER_BYTES)
    const dataAt = end + 2 * SEGMENT_HEADER_BYTES
    return roundUp(dataAt - 0x20, PAGE_BYTES) + 0x20 - dataAt
}

/** esp_app_desc_t, then noise in place of data, with the bundles in between. */
function mappedData({
    bundles = [packBundleBe(realRoots(121))],
    dataBytes = 400 * KB,
    ...options
}: AppOptions): Buffer {
    const firstAt = BUNDLE_AT - HEADER_BYTES - SEGMENT_HEADER_BYTES
    const pieces = [describe(options), noise(firstAt - DESCRIPTION_BYTES, 3)]
    for (const [at, bundle] of bundles.entries()) pieces.push(bundle, noise(0x201, 10 + at))
    const used = pieces.reduce((sum, piece) => sum + piece.length, 0)
    pieces.push(noise(Math.max(dataBytes, roundUp(used, 4)) - used, 4))
    return Buffer.concat(pieces)
}

const DESCRIPTION_BYTES = 256

function describe({ projectName = "devicescript", version = "v2.16.4", idfVersion = "v5.0.5" }: AppOptions): Buffer {
    const description = Buffer.alloc(DESCRIPTION_BYTES)
    description.writeUInt32LE(0xabcd5432, 0)
    description.write(version, 16, "latin1")
    description.write(projectName, 48, "latin1")
    description.write("12:00:00", 80, "latin1")
    description.write("Aug 30 2023", 96, "latin1")
    description.write(idfVersion, 112, "latin1")
    noise(32, 9).copy(description, 144) // SHA-256 of the ELF file
    return description
}

type Segment = [loadAddress: number, data: Buffer]

/** Header, segments, padding, checksum, SHA-256. */
function buildImage(segments: Segment[], { chip = "esp32" as ChipName, hash = true, flashSizeMb = 4 }): Buffer {
    const header = Buffer.alloc(HEADER_BYTES)
    header.set([0xe9, segments.length, 2, (Math.log2(flashSizeMb) << 4) | 0xf]) // DIO at 80 MHz
    header.writeUInt32LE(segments.at(-1)![0], 4) // the entry point: any address within code
    header[8] = 0xee // no WP pin
    header.writeUInt16LE(chips[chip].id, 12)
    header[23] = hash ? 1 : 0
    const body = Buffer.concat([header, ...segments.flatMap(packSegment)])
    const padding = Buffer.alloc(15 - (body.length % 16))
    const checksum = segments.reduce((sum, [, data]) => data.reduce((xor, byte) => xor ^ byte, sum), 0xef)
    const image = Buffer.concat([body, padding, Buffer.of(checksum)])
    return hash ? Buffer.concat([image, createHash("sha256").update(image).digest()]) : image
}

/**
 * Updates checksum and hash of the image that begins at `at`, in place, after its bytes were
 * changed. Returns their offsets; undefined, with nothing written, if the lengths in the image exceed
 * the file.
 */
export function resealImage(file: Buffer, at: number): { checksumAt: number; endAt: number } | undefined {
    let place = at + HEADER_BYTES
    let checksum = 0xef
    for (let index = 0; index < (file[at + 1] ?? 0); index++) {
        if (place + SEGMENT_HEADER_BYTES > file.length) return undefined
        const end = place + SEGMENT_HEADER_BYTES + file.readUInt32LE(place + 4)
        if (end > file.length) return undefined
        for (place += SEGMENT_HEADER_BYTES; place < end; place++) checksum ^= file[place]!
    }
    const checksumAt = at + roundUp(place + 1 - at, 16) - 1
    const endAt = checksumAt + 1 + (file[at + 23] === 1 ? 32 : 0)
    if (endAt > file.length) return undefined
    file[checksumAt] = checksum
    if (file[at + 23] === 1)
        createHash("sha256")
            .update(file.subarray(at, checksumAt + 1))
            .digest()
            .copy(file, checksumAt + 1)
    return { checksumAt, endAt }
}

function packSegment([loadAddress, data]: Segment): Buffer[] {
    const header = Buffer.alloc(SEGMENT_HEADER_BYTES)
    header.writeUInt32LE(loadAddress, 0)
    header.writeUInt32LE(data.length, 4)
    return [header, data]
}

/** A signature sector of Secure Boot v2 with magic 0xE7, version 2, and no real signature. */
function sign(image: Buffer): Buffer {
    const padded = Buffer.alloc(roundUp(image.length, SECTOR_BYTES), 0xff)
    padded.set(image)
    const block = Buffer.alloc(SECTOR_BYTES, 0xff)
    block.set([0xe7, 0x02, 0, 0])
    return Buffer.concat([padded, block])
}

let parsed: BundleEntry[] | undefined

/** The first of Node's built-in roots, one per subject, in ascending order of the subject's bytes. */
export function realRoots(count: number): BundleEntry[] {
    parsed ??= uniqueBySubject(
        rootCertificates.flatMap(pem => parsePem(pem)).map(({ subjectDer, spkiDer }) => ({ subjectDer, spkiDer })),
    )
    if (parsed.length < count) throw new Error(`Node ships ${parsed.length} roots, ${count} are needed`)
    return parsed.slice(0, count).sort((one, other) => Buffer.compare(one.subjectDer, other.subjectDer))
}

function uniqueBySubject(entries: BundleEntry[]): BundleEntry[] {
    return [...new Map(entries.map(entry => [entry.subjectDer.toString("hex"), entry])).values()]
}

/** A bundle of ESP-IDF v5.0 to v5.3 with the entries as given, neither sorted nor checked. */
export function packBundleBe(entries: BundleEntry[]): Buffer {
    const packed = entries.flatMap(({ subjectDer, spkiDer }) => [
        u16be(subjectDer.length),
        u16be(spkiDer.length),
        subjectDer,
        spkiDer,
    ])
    return Buffer.concat([u16be(entries.length), ...packed])
}

/** A bundle of ESP-IDF v5.4 and later with the entries as given, neither sorted nor checked. */
export function packBundleLe(entries: BundleEntry[]): Buffer {
    const table = Buffer.alloc(4 * entries.length)
    let offset = table.length
    const packed = entries.flatMap(({ subjectDer, spkiDer }, at) => {
        table.writeUInt32LE(offset, 4 * at)
        offset += 4 + subjectDer.length + spkiDer.length
        return [u16le(subjectDer.length), u16le(spkiDer.length), subjectDer, spkiDer]
    })
    return Buffer.concat([table, ...packed])
}

const u16be = (value: number) => Buffer.of(value >> 8, value & 0xff)
const u16le = (value: number) => Buffer.of(value & 0xff, value >> 8)
const roundUp = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple

/** Pseudo-random bytes from a seed (xorshift32, Marsaglia 2003). */
export function noise(sizeBytes: number, seed: number): Buffer {
    const words = new Uint32Array((sizeBytes + 3) >> 2)
    let state = Math.imul(seed, 0x9e3779b1) | 1
    for (let at = 0; at < words.length; at++) {
        state ^= state << 13
        state ^= state >>> 17
        state ^= state << 5
        words[at] = state
    }
    return Buffer.from(words.buffer, 0, sizeBytes)
}
