/**
 * The serial protocol of the modelled chips: commands, errors, limits, and how the chips differ.
 * Sources: esptool documentation, "Serial Protocol"; esp-flasher-stub v1.2; register addresses of esptool.
 */
import type { ChipName } from "../../support/firmware-image.ts"

export interface ChipKind {
    /** in images and in the security information */
    chipId: number
    /** register at 0x40001000 */
    magic: number
    /** length of GET_SECURITY_INFO's reply, which has a chip id only with 20 bytes; 0 if there is no such command */
    securityBytes: 0 | 12 | 20
    /** registers of the flash's SPI controller */
    spi: { cmd: number; usr2: number; w0: number }
    /** the last four bytes of the MAC address, big endian; the next register has the first two */
    macRegister: number
    /** number of words that the ROM expects with FLASH_DEFL_BEGIN */
    beginWords: 4 | 5
}

const spiOf = (base: number) => ({ cmd: base, usr2: base + 0x20, w0: base + 0x58 })

export const chipKinds: Record<ChipName, ChipKind> = {
    esp32: {
        chipId: 0,
        magic: 0x00f01d83,
        securityBytes: 0,
        spi: { cmd: 0x3ff42000, usr2: 0x3ff42024, w0: 0x3ff42080 },
        macRegister: 0x3ff5a004,
        beginWords: 4,
    },
    esp32s2: {
        chipId: 2,
        magic: 0x000007c6,
        securityBytes: 12,
        spi: spiOf(0x3f402000),
        macRegister: 0x3f41a044,
        beginWords: 5,
    },
    esp32s3: {
        chipId: 9,
        magic: 0x00000009,
        securityBytes: 20,
        spi: spiOf(0x60002000),
        macRegister: 0x60007044,
        beginWords: 5,
    },
    esp32c3: {
        chipId: 5,
        magic: 0x1b31506f,
        securityBytes: 20,
        spi: spiOf(0x60002000),
        macRegister: 0x60008844,
        beginWords: 5,
    },
}

export const commands = {
    memBegin: 0x05,
    memEnd: 0x06,
    memData: 0x07,
    sync: 0x08,
    writeReg: 0x09,
    readReg: 0x0a,
    spiSetParams: 0x0b,
    spiAttach: 0x0d,
    changeBaudrate: 0x0f,
    deflBegin: 0x10,
    deflData: 0x11,
    deflEnd: 0x12,
    flashMd5: 0x13,
    securityInfo: 0x14,
    readFlash: 0xd2,
} as const

/** Status and error bytes of a reply. */
export const romErrors = {
    invalid: [1, 0x05],
    failed: [1, 0x06],
    checksum: [1, 0x07],
    inflate: [1, 0x0b],
    unsupported: [1, 0x05],
} as const
export const stubErrors = {
    invalid: [0xc0, 0],
    failed: [0xc6, 0],
    checksum: [0xc1, 0],
    inflate: [0xc7, 0],
    unsupported: [0xff, 0],
} as const
export type ErrorName = keyof typeof romErrors

export const MAGIC_REGISTER = 0x40001000
export const SPI_USER_COMMAND = 1 << 18
export const READ_IDENTIFICATION = 0x9f
export const MANUFACTURER_AND_TYPE = 0x40ef
export const ROM_SYNC_VALUE = 0x20120707
export const SECTOR_BYTES = 4096
/** largest data packets: esptool's FLASH_WRITE_SIZE for ROM and stub */
export const ROM_WRITE_BYTES = 0x400
export const STUB_WRITE_BYTES = 0x4000
export const SYNC_REPLIES = 8
export const UNSUPPORTED_REPLIES = 8
/** bits of the security information */
export const SECURE_BOOT_FLAG = 1 << 0
export const SECURE_DOWNLOAD_FLAG = 1 << 2

/** length, sequence number and two zero words */
export const DATA_HEADER_BYTES = 16
const CHECKSUM_SEED = 0xef

export function dataError(data: Buffer, checksum: number): ErrorName | undefined {
    const bytes = data.subarray(DATA_HEADER_BYTES)
    if (data.length < DATA_HEADER_BYTES || data.readUInt32LE(0) !== bytes.length) return "invalid"
    return bytes.reduce((sum, byte) => sum ^ byte, CHECKSUM_SEED) === checksum ? undefined : "checksum"
}
