/** The chips that DeviceScript runs on: their ids and addresses in flash images. */
import type { EnvSettings } from "./store-entries.ts"

export const chipNames = ["esp32", "esp32s2", "esp32c3", "esp32s3"] as const

export type Chip = (typeof chipNames)[number]

/** `to` is exclusive. */
type AddressRange = readonly [from: number, to: number]

interface ChipLayout {
    /** esp_chip_id_t (ESP-IDF `esp_app_format.h`) */
    id: number
    /** flash address of the bootloader (ESP-IDF `esptool_py/Kconfig.projbuild`, BOOTLOADER_OFFSET_IN_FLASH) */
    bootloaderAt: number
    /** where flash is mapped for data (SOC_DROM) and for code (SOC_IROM; ESP-IDF `soc/soc.h` of the chip) */
    mappedData: AddressRange
    mappedCode: AddressRange
    /**
     * How long a transfer blocks the chip while a part holds SCL or SDA low. ESP-IDF 5.0.5 `driver/i2c.c` raises
     * every wait to 1000 ms; the hardware gives up sooner on the ESP32 (2^20 cycles of 80 MHz) and the ESP32-S2.
     */
    heldLineMs: number
    /** the runtime's heap for programs (devicescript-esp32 `main/jd_user_config.h`) */
    heapBytes: number
    /** settings for that heap */
    settings?: EnvSettings
}

export const chips: Record<Chip, ChipLayout> = {
    esp32: {
        id: 0,
        bootloaderAt: 0x1000,
        mappedData: [0x3f400000, 0x3f800000],
        mappedCode: [0x400d0000, 0x40400000],
        heldLineMs: 13,
        heapBytes: 64 * 1024,
    },
    esp32s2: {
        id: 2,
        bootloaderAt: 0x1000,
        mappedData: [0x3f000000, 0x3ff80000],
        mappedCode: [0x40080000, 0x40800000],
        heldLineMs: 210,
        heapBytes: 40 * 1024,
        settings: { RAM_READINGS: "120" },
    },
    esp32c3: {
        id: 5,
        bootloaderAt: 0,
        mappedData: [0x3c000000, 0x3c800000],
        mappedCode: [0x42000000, 0x42800000],
        heldLineMs: 1000,
        heapBytes: 64 * 1024,
    },
    esp32s3: {
        id: 9,
        bootloaderAt: 0,
        mappedData: [0x3c000000, 0x3e000000],
        mappedCode: [0x42000000, 0x44000000],
        heldLineMs: 1000,
        heapBytes: 64 * 1024,
    },
}

/** The chip with this esp_chip_id_t; undefined if it is not supported. */
export function chipOf(id: number): Chip | undefined {
    return chipNames.find(chip => chips[chip].id === id)
}

export const isWithin = ([from, to]: AddressRange, address: number) => address >= from && address < to
