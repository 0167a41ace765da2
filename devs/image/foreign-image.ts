/** Recognises files that people take for flash images, and says which file to give instead. */
import { decodeBundle } from "../../certs/bundle/bundle.ts"
import { AirpinError } from "../../certs/error.ts"
import { type ForeignKind, fileKind } from "../../certs/read/file-kind.ts"
import { decodeText, startsWith } from "../../certs/read/text.ts"
import { type AppImage, IMAGE_MAGIC, parseAppImage } from "./app-image.ts"
import { isFiller } from "./flash-memory.ts"
import { isPartitionTable } from "./partition-table.ts"

const GIVE_IMAGE =
    "give the whole image, bootloader, partition table and application in one file: devicescript-….bin, or what airpin image made"
const GIVE_BIN = `convert it to a .bin, or ${GIVE_IMAGE}`

/** esptool's ESP8266ROM.ESP_IMAGE_MAGIC and the magic of its images with irom (esptool `bin_image.py`). */
const ESP8266_MAGICS = [IMAGE_MAGIC, 0xea]
/** Instruction RAM and mapped flash of the ESP8266; no ESP32 starts a program there (ESP8266 memory map). */
const ESP8266_CODE = { from: 0x40100000, to: 0x40110000 } as const
const ESP8266_ENTRY_AT = 4
/** "DevS\n~" (devicescript `devs_format.h`, DEVS_IMG_MAGIC) */
const DEVICESCRIPT_MAGIC = [0x44, 0x65, 0x76, 0x53, 0x0a, 0x7e]
/** Mach-O of 32 and 64 bits in both orders, a universal one; PE */
const PROGRAM_STARTS = [
    [0xfe, 0xed, 0xfa, 0xce],
    [0xce, 0xfa, 0xed, 0xfe],
    [0xcf, 0xfa, 0xed, 0xfe],
    [0xca, 0xfe, 0xba, 0xbe],
    [0x4d, 0x5a, 0x90],
]

const STARTS: [start: number[], kind: ForeignKind][] = [
    [[0x7f, 0x45, 0x4c, 0x46], { what: "a program (ELF), from which a build makes an image", next: GIVE_BIN }],
    [[0x55, 0x46, 0x32, 0x0a], { what: "UF2, for a bootloader that is a USB drive", next: GIVE_BIN }],
    [DEVICESCRIPT_MAGIC, { what: "a DeviceScript program without a runtime", next: GIVE_IMAGE }],
    ...PROGRAM_STARTS.map((start): [number[], ForeignKind] => [start, { what: "a program", next: GIVE_IMAGE }]),
]

const TEXTS: [start: RegExp, kind: ForeignKind][] = [
    [/^:[0-9A-F]{10,}\s/i, { what: "Intel HEX", next: GIVE_BIN }],
    [/^S0[0-9A-F]{6,}\s/, { what: "Motorola S-records", next: GIVE_BIN }],
    [/-----BEGIN /, { what: "PEM, such as a certificate or a key", next: GIVE_IMAGE }],
]

/** @throws AirpinError IMAGE_FOREIGN if the file is certainly no image of a whole flash */
export function requireNoForeignImage(bytes: Buffer, fileName = "the file"): void {
    if (bytes.length > 0 && isFiller(bytes)) refuse(ERASED, fileName)
    refuse(foreignImage(bytes) ?? (isBundle(bytes) ? BUNDLE : undefined), fileName)
}

/** @throws AirpinError IMAGE_FOREIGN if the file is certainly neither that nor a certificate bundle, even a damaged one */
export function requireNoForeignBundle(bytes: Buffer, fileName: string): void {
    refuse(isFiller(bytes) ? undefined : foreignImage(bytes), fileName)
}

function refuse(kind: ForeignKind | undefined, fileName: string): void {
    if (kind) throw new AirpinError("IMAGE_FOREIGN", `${fileName} is ${kind.what}`, kind.next)
}

const ERASED: ForeignKind = { what: "erased flash, without any content", next: GIVE_IMAGE }
const BUNDLE: ForeignKind = {
    what: "a certificate bundle, which is only a part of an image",
    next: "give an image; airpin image --repin puts the pins into it",
}

function foreignImage(bytes: Buffer): ForeignKind | undefined {
    const text = decodeText(bytes)
    const start = STARTS.find(([start]) => startsWith(bytes, ...start))
    return fileKind(bytes, text) ?? start?.[1] ?? byContents(bytes) ?? byText(text)
}

/** What belongs into flash, but is only a part of it, or is for another chip. */
function byContents(bytes: Buffer): ForeignKind | undefined {
    if (isPartitionTable(bytes)) return { what: "a partition table alone", next: GIVE_IMAGE }
    if (isEsp8266(bytes)) return { what: "for an ESP8266, on which DeviceScript does not run", next: GIVE_IMAGE }
    const image = imageAlone(bytes)
    return image && { what: `a bootloader alone, for ${image.chip}`, next: GIVE_IMAGE }
}

function isBundle(bytes: Buffer): boolean {
    try {
        return decodeBundle(bytes).length > 0
    } catch {
        return false
    }
}

function isEsp8266(bytes: Buffer): boolean {
    if (!ESP8266_MAGICS.some(magic => magic === bytes[0]) || bytes.length < ESP8266_ENTRY_AT + 4) return false
    const entry = bytes.readUInt32LE(ESP8266_ENTRY_AT)
    return entry >= ESP8266_CODE.from && entry < ESP8266_CODE.to
}

/** An image without a description, behind which there is nothing; the caller has refused those with one. */
function imageAlone(bytes: Buffer): AppImage | undefined {
    const at = bytes.findIndex(byte => byte !== 0xff && byte !== 0)
    try {
        const image = parseAppImage(bytes, at)
        return isFiller(bytes.subarray(image.endAt)) ? image : undefined
    } catch {
        return undefined
    }
}

function byText(text: string): ForeignKind | undefined {
    const known = TEXTS.find(([start]) => start.test(text))?.[1]
    if (known) return known
    // Printable, with the blanks of texts only.
    if (!/^[^\p{C}]*$/u.test(text.replace(/[\t\r\n\f]/g, ""))) return undefined
    const json = parseObject(text)
    if (!json) return { what: "a text", next: GIVE_IMAGE }
    return "sha256" in json && "file" in json
        ? { what: "the manifest of an image", next: "give the .bin beside it" }
        : { what: "JSON", next: GIVE_IMAGE }
}

function parseObject(text: string): object | undefined {
    try {
        const value: unknown = JSON.parse(text)
        return typeof value === "object" && value ? value : undefined
    } catch {
        return undefined
    }
}
