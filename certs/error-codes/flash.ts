/** Error codes of writing to a chip: over a serial port, or from a page in the browser. */
import type { ErrorRow } from "./row.ts"

const RUN_AGAIN = "run this again; it skips what is already written"

export const flashErrors = {
    PORT_NOT_FOUND: {
        exit: 1,
        what: "No serial port of a chip is found.",
        next: "plug the board in with a cable that carries data, install the driver of its USB bridge, or give the port with --port",
    },
    PORT_AMBIGUOUS: { exit: 1, what: "Several chips are plugged in.", next: "name one with --port" },
    PORT_MISSING: {
        exit: 1,
        what: "The serial port does not exist.",
        next: "plug the chip in; without --port, airpin finds the port itself",
    },
    PORT_PERMISSION: {
        exit: 1,
        what: "This user may not open the serial port.",
        next: "join the group that owns the port, then log out and in again",
    },
    PORT_BUSY: {
        exit: 1,
        what: "Another program uses the serial port.",
        next: "close it: a serial monitor, an IDE, another airpin",
    },
    PORT_UNUSABLE: { exit: 1, what: "The serial port cannot be opened.", next: "choose another port with --port" },
    PORT_UNPLUGGED: {
        exit: 1,
        what: "The serial port disappeared: it was unplugged or lost power.",
        next: `plug it in and ${RUN_AGAIN}`,
    },
    PORT_STUCK: {
        exit: 1,
        what: "The serial port accepts no data.",
        next: "unplug it, plug it in again, and run this again",
    },
    PORT_CLOSED: { exit: 1, what: "The serial port is closed already.", next: "report this as a bug of airpin" },

    CHIP_SILENT: {
        exit: 1,
        what: "No chip responds on the serial port.",
        next: "hold the BOOT button, press and release RESET (or plug the board in), release BOOT, and run this again",
    },
    CHIP_UNKNOWN: { exit: 1, what: "DeviceScript does not run on this chip.", next: "use a chip of boards/README.md" },
    CHIP_LOCKED: {
        exit: 1,
        what: "The chip starts only signed images or encrypts its flash, so airpin cannot write to it.",
        next: "use another chip; this cannot be undone",
    },
    CHIP_MISMATCH: {
        exit: 1,
        what: "The image is for another chip.",
        next: "use the image for the board that is plugged in",
    },
    CHIP_FAILED: {
        exit: 1,
        what: "A command to the chip failed.",
        next: "run this again, which skips what is already written; if it fails again, add --baud 115200 or --no-stub",
    },
    CHIP_STUCK: {
        exit: 1,
        what: "The chip did not finish in time.",
        next: "press RESET and run this again; it skips what is already written",
    },
    BAUD_FAILED: {
        exit: 1,
        what: "The chip does not respond at the higher rate.",
        next: "hold BOOT, press RESET, release BOOT, and run this again with --baud 115200",
    },
    FLASH_UNKNOWN: {
        exit: 1,
        what: "The chip's flash does not report its size.",
        next: "check the board: a wire on a flash pin keeps the flash from responding",
    },
    FLASH_TOO_SMALL: {
        exit: 1,
        what: "The chip has less flash than the image needs.",
        next: "use a board with more flash",
    },
    FLASH_VERIFY_FAILED: {
        exit: 1,
        what: "The flash differs from what was written to it.",
        next: "run this again; if it fails at the same address, the flash is worn out or write-protected",
    },
    REPIN_MISMATCH: {
        exit: 1,
        what: "The bootloader, the partition table, the application or the device on the chip is not the image's.",
        next: "flash the complete image without --repin; this also replaces settings and program",
    },

    FOLDER_UNUSABLE: {
        exit: 1,
        what: "The folder for the flashing page cannot be read.",
        next: "use an empty folder, or one that airpin flash --out has written",
    },
    FOLDER_NOT_OURS: {
        exit: 1,
        what: "The folder for the flashing page has files that airpin has not written.",
        next: "use an empty folder, or one that airpin flash --out has written",
    },
    LISTEN_PORT_IN_USE: {
        exit: 1,
        what: "The TCP port for a page on this computer is in use.",
        next: "choose another port with --listen or --panel-port, or leave the option out",
    },
    LISTEN_PORT_FORBIDDEN: {
        exit: 1,
        what: "This user may not open the TCP port for a page on this computer.",
        next: "choose a port from 1024",
    },
} satisfies Record<string, ErrorRow>
