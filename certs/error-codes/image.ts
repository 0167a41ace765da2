/** Error codes of boards, runtimes, flash images and what is patched into them. */
import type { ErrorRow } from "./row.ts"

const REPLACE_FILE = "download or build the file again"
const MAKE_IMAGE = "make the image again: airpin image --board ID"
const UNSIGNED = "use an unsigned image: a chip that checks signatures does not start a patched one"
const REPORT = "report this as a bug of airpin"

export const imageErrors = {
    BOARD_UNKNOWN: { exit: 2, what: "There is no board with this id.", next: "choose one of boards/README.md" },
    BOARD_INVALID: {
        exit: 1,
        what: "A board's file is not a valid board of a known chip.",
        next: "correct the file; boards/README.md says what it needs",
    },
    BOARD_CHIP_MISMATCH: {
        exit: 1,
        what: "The board has another chip than the image is for.",
        next: "use a runtime image for the board's chip",
    },
    BOARD_CONFIG_DAMAGED: {
        exit: 1,
        what: "The board configuration in the image is damaged; a chip would know none of its pins.",
        next: "download the runtime image again",
    },
    BOARD_CONFIG_UNPROVEN: {
        exit: 1,
        what: "The board configuration does not read back as the board's file has it.",
        next: REPORT,
    },

    RUNTIME_MISSING: {
        exit: 1,
        what: "No runtime for the board's chip has been downloaded yet.",
        next: "run airpin image --board ID, which downloads one, or pass one with --firmware FILE",
    },
    RUNTIME_OFFLINE: {
        exit: 1,
        what: "The server of the runtime cannot be reached.",
        next: "download the runtime on another machine and pass it with --firmware FILE",
    },
    RUNTIME_DOWNLOAD_FAILED: {
        exit: 1,
        what: "The download of the runtime failed.",
        next: "see which files the release page has, and pass one with --firmware FILE",
    },
    RUNTIME_TOO_LARGE: {
        exit: 1,
        what: "The download is larger than the flash of any supported board.",
        next: "pass the runtime with --firmware FILE",
    },
    RUNTIME_CHIP_WRONG: {
        exit: 1,
        what: "The runtime is for another chip than its name says.",
        next: "remove the file: its contents do not match its name",
    },
    RUNTIME_CHANGED: {
        exit: 1,
        what: "The runtime differs from the one locked in boards/runtimes.json.",
        next: "find out why it changed; to use a new release, add --accept and commit the lock",
    },
    RUNTIME_LOCK_CORRUPT: {
        exit: 1,
        what: "boards/runtimes.json is damaged.",
        next: "restore it from version control",
    },

    IMAGE_NOT_NAMED: {
        exit: 2,
        what: "No image is named, or more than one.",
        next: "add one of the options that name an image; --help lists them",
    },
    IMAGE_MISSING: { exit: 1, what: "There is no image for this board.", next: "make it: airpin image --board ID" },
    IMAGE_AMBIGUOUS: {
        exit: 1,
        what: "There are several images for this board.",
        next: "remove all but one, or choose one with --image",
    },
    IMAGE_FOREIGN: {
        exit: 1,
        what: "A file is something other than a flash image.",
        next: "give a flash image: devicescript-….bin, or what airpin image made",
    },
    IMAGE_NOT_FOUND: {
        exit: 1,
        what: "No ESP-IDF image begins where one must be.",
        next: "check that the file is a flash image and is not encrypted",
    },
    IMAGE_NOT_BOOTABLE: {
        exit: 1,
        what: "The image is an application alone, without the bootloader and the partition table.",
        next: "use a complete flash image",
    },
    IMAGE_NAME_MISMATCH: {
        exit: 1,
        what: "The file's name has another flash address than its contents.",
        next: "rename the file to its original name",
    },
    IMAGE_START_AMBIGUOUS: {
        exit: 1,
        what: "The file has two partition tables, for two start addresses.",
        next: REPLACE_FILE,
    },
    IMAGE_START_UNEXPECTED: { exit: 1, what: "There are unexpected bytes before the bootloader.", next: REPLACE_FILE },
    IMAGE_BOOTLOADER_MISPLACED: {
        exit: 1,
        what: "The bootloader is not at the address where its chip looks for it.",
        next: REPLACE_FILE,
    },
    IMAGE_BEYOND_FLASH: {
        exit: 1,
        what: "The image is larger than the flash that it is for.",
        next: "use an image that was built for this flash size",
    },
    IMAGE_BEYOND_PARTITION: { exit: 1, what: "An application is larger than its partition.", next: REPLACE_FILE },
    IMAGE_TRUNCATED: { exit: 1, what: "The file ends within an image.", next: REPLACE_FILE },
    IMAGE_TRAILING_BYTES: {
        exit: 1,
        what: "Unexpected bytes follow an image.",
        next: "use an unsigned image as its build wrote it",
    },
    IMAGE_SIGNED: {
        exit: 1,
        what: "An image is signed, so patching it would break its signature.",
        next: UNSIGNED,
    },
    IMAGE_FLASH_SIZE: { exit: 1, what: "The bootloader has an unknown flash size code.", next: REPLACE_FILE },
    IMAGE_HASH_FLAG: { exit: 1, what: "The hash flag of an image is neither 0 nor 1.", next: REPLACE_FILE },
    IMAGE_HASH_WRONG: { exit: 1, what: "The SHA-256 of an image does not match its contents.", next: REPLACE_FILE },
    IMAGE_CHECKSUM_WRONG: {
        exit: 1,
        what: "The checksum of an image does not match its contents.",
        next: REPLACE_FILE,
    },
    IMAGE_SEGMENT_COUNT: { exit: 1, what: "An image has an impossible number of segments.", next: REPLACE_FILE },
    IMAGE_SEGMENT_MISALIGNED: {
        exit: 1,
        what: "A mapped segment of an image is not aligned with its flash address.",
        next: REPLACE_FILE,
    },
    IMAGE_SEGMENT_TOO_LONG: { exit: 1, what: "A segment of an image is longer than any flash.", next: REPLACE_FILE },
    IMAGE_CHIP_UNKNOWN: {
        exit: 1,
        what: "An image is for an unknown chip.",
        next: "use an image for a chip of boards/README.md",
    },
    IMAGE_CHIP_MIXED: {
        exit: 1,
        what: "The bootloader and the application are for different chips.",
        next: REPLACE_FILE,
    },
    IMAGE_BUNDLE_FORMAT: {
        exit: 1,
        what: "The image has a bundle of ESP-IDF v5.4 or later; airpin can only verify the format of v5.0.",
        next: "use a runtime image of microsoft/devicescript-esp32",
    },
    IMAGE_INCOMPLETE: {
        exit: 1,
        what: "The image has no program or no certificate bundle.",
        next: MAKE_IMAGE,
    },
    IMAGE_WITHOUT_PROGRAM: {
        exit: 1,
        what: "The image has no program to simulate.",
        next: "make an image with a program: airpin image --board ID",
    },
    IMAGE_UNCONFIRMED: {
        exit: 1,
        what: "The patched image does not read back correctly; nothing was written.",
        next: "report this as a bug of airpin; nothing was written",
    },
    MANIFEST_CORRUPT: {
        exit: 1,
        what: "A file is not the manifest of an image.",
        next: "make the image again: airpin image --board ID; or remove the file",
    },
    MANIFEST_MISSING: {
        exit: 1,
        what: "There is no manifest beside an image.",
        next: "name the manifest that airpin image wrote beside the image, or make both again: airpin image --board ID",
    },
    MANIFEST_OF_OTHER_DEVICE: {
        exit: 1,
        what: "A manifest belongs to the image of another device.",
        next: "name the manifest of this device's image, or the other device",
    },
    MANIFEST_STALE: {
        exit: 1,
        what: "The manifest belongs to another image.",
        next: "make both again: airpin image --board ID",
    },

    PARTITION_TABLE_MISSING: { exit: 1, what: "There is no partition table at its flash address.", next: REPLACE_FILE },
    PARTITION_TABLE_TRUNCATED: { exit: 1, what: "The file ends within the partition table.", next: REPLACE_FILE },
    PARTITION_TABLE_ENDLESS: { exit: 1, what: "The partition table has no end mark.", next: REPLACE_FILE },
    PARTITION_TABLE_CORRUPT: { exit: 1, what: "The partition table is damaged.", next: REPLACE_FILE },
    PARTITION_TABLE_MD5_WRONG: {
        exit: 1,
        what: "The MD5 of the partition table does not match its entries.",
        next: REPLACE_FILE,
    },
    PARTITION_TABLE_SIGNED: {
        exit: 1,
        what: "There are bytes behind the partition table, probably a Secure Boot signature.",
        next: UNSIGNED,
    },
    PARTITION_BEYOND_FLASH: {
        exit: 1,
        what: "A partition ends beyond the flash.",
        next: "use an image that was built for this flash size",
    },
    PARTITION_MISALIGNED: {
        exit: 1,
        what: "A partition does not begin at a multiple of the size that its type needs.",
        next: REPLACE_FILE,
    },
    PARTITION_OVERLAP: { exit: 1, what: "Two partitions overlap.", next: REPLACE_FILE },
    PARTITION_MISSING: {
        exit: 1,
        what: "The image lacks a partition that every DeviceScript runtime has.",
        next: "use devicescript-<chip>-<board>-0x….bin of microsoft/devicescript-esp32",
    },
    PARTITION_SIZE_WRONG: {
        exit: 1,
        what: "A partition does not have the size of its new contents.",
        next: "use a stock DeviceScript runtime",
    },

    BUNDLE_NOT_FOUND: {
        exit: 1,
        what: "The image contains no certificate bundle.",
        next: "use an image that was built with CONFIG_MBEDTLS_CERTIFICATE_BUNDLE",
    },
    BUNDLE_AMBIGUOUS: {
        exit: 1,
        what: "The image contains several certificate bundles, and nothing tells which of them is used.",
        next: "use an image with one application and one bundle",
    },
    BUNDLE_DAMAGED: { exit: 1, what: "The certificate bundle in the image is incomplete.", next: REPLACE_FILE },
    BUNDLE_CAPACITY_DAMAGED: {
        exit: 1,
        what: "The record of the bundle's capacity, which airpin writes behind it, does not match the bundle.",
        next: "start from a stock runtime instead of this image",
    },
    BUNDLE_TOO_LARGE: {
        exit: 1,
        what: "The new bundle is larger than the space in the image.",
        next: "pin fewer anchors, or anchors with shorter keys; or start from a stock runtime",
    },

    FLASH_STORE_BLANK: {
        exit: 1,
        what: "The flash store is empty: it has neither program nor settings.",
        next: "make an image with both: airpin image --board ID",
    },
    FLASH_STORE_HEADER_BAD: {
        exit: 1,
        what: "The flash store has no valid header; a device would format it.",
        next: MAKE_IMAGE,
    },
    FLASH_STORE_ENTRY_BAD: {
        exit: 1,
        what: "An entry of the flash store is damaged; a device would format the store.",
        next: MAKE_IMAGE,
    },
    FLASH_STORE_PROGRAM_BAD: {
        exit: 1,
        what: "The program in the flash store is incomplete.",
        next: "make the image again",
    },
    FLASH_STORE_FULL: {
        exit: 1,
        what: "The flash store has no space left for a setting.",
        next: "remove settings, or shorten their values",
    },
    FLASH_STORE_UNPROVEN: {
        exit: 1,
        what: "The flash store does not read back as it was written.",
        next: REPORT,
    },
    PROGRAM_REFUSED: {
        exit: 1,
        what: "The runtime's verifier refuses the program, or the store has no space for it.",
        next: "build it with the pinned CLI",
    },
    SETTING_INVALID: {
        exit: 1,
        what: "The device would not use a setting of a .env file.",
        next: "correct the setting; .env.defaults explains each",
    },
    SETTING_NAME: {
        exit: 1,
        what: "The name of a setting is empty or too long for the flash store.",
        next: "give the setting a shorter name",
    },
    SETTING_TOO_LONG: {
        exit: 1,
        what: "The name and value of a setting are too long for the flash store.",
        next: "shorten the value",
    },
    WIFI_NUL: {
        exit: 1,
        what: "The Wi-Fi name or passphrase contains a NUL, where the runtime would cut it off.",
        next: "remove the NUL from the setting",
    },
    WIFI_PSK_LENGTH: { exit: 1, what: "The Wi-Fi passphrase is too short or too long.", next: "check the passphrase" },
    WIFI_SSID_EMPTY: {
        exit: 1,
        what: "The Wi-Fi network has no name.",
        next: "set WIFI_SSID to the network that the device shall join",
    },
    WIFI_SSID_TOO_LONG: {
        exit: 1,
        what: "The runtime would cut the name of the Wi-Fi network off and never join it.",
        next: "give the network a shorter name",
    },
} satisfies Record<string, ErrorRow>
