import assert from "node:assert/strict"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { brotliCompressSync, gzipSync } from "node:zlib"
import { AirpinError } from "../../certs/error.ts"
import { readFlashImage } from "../../devs/image/flash-image.ts"
import { readAnchorFile } from "../../devs/pins/anchor-file.ts"
import { airpin } from "../support/airpin.ts"
import { hasCode } from "../support/error-code.ts"
import {
    buildBootloader,
    buildFirmware,
    buildPartitionTable,
    noise,
    packBundleBe,
    realRoots,
} from "../support/firmware-image.ts"
import { stockImage } from "../support/flash-file.ts"

const image = stockImage()

/** An image for an ESP8266: header of 8 bytes, one segment, checksum (esptool, ESP8266ROMFirmwareImage). */
function esp8266(magic: number): Buffer {
    const bytes = Buffer.alloc(0x9000)
    Buffer.from([magic, 1, 0, 0x40]).copy(bytes)
    bytes.writeUInt32LE(0x4010f000, 4)
    bytes.writeUInt32LE(0x4010f000, 8)
    bytes.writeUInt32LE(0x400, 12)
    noise(0x400, 7).copy(bytes, 16)
    return bytes
}

const LFS = `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 1900544\n`
const HTML = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body></body></html>\n"
const HEX = ":020000040000FA\n:10000000E903024F3C040840EE00000000000000D2\n:00000001FF\n"
const tar = Buffer.alloc(1024)
tar.write("runtime.bin")
tar.write("ustar", 257)

const files: Record<string, [bytes: Buffer, message: RegExp, next: RegExp]> = {
    "a pointer of Git LFS": [Buffer.from(LFS), /^x\.bin is a pointer of Git LFS$/, /git lfs pull/],
    "an HTML page": [Buffer.from(HTML), /is an HTML page/, /log in/],
    gzip: [gzipSync(image), /is gzip-compressed/, /unpack it/],
    ZIP: [Buffer.concat([Buffer.from("PK\x03\x04"), noise(0x9000, 1)]), /is a ZIP archive/, /unpack it/],
    xz: [Buffer.concat([Buffer.from("fd377a585a00", "hex"), noise(0x9000, 2)]), /is xz-compressed/, /unpack it/],
    tar: [tar, /is a tar archive/, /unpack it/],
    "an image for an ESP8266": [esp8266(0xe9), /is for an ESP8266/, /give the whole image/],
    "another image for an ESP8266": [esp8266(0xea), /is for an ESP8266/, /give the whole image/],
    "a bootloader alone": [buildBootloader(), /is a bootloader alone, for esp32$/, /give the whole image/],
    "a bootloader with filler behind": [
        Buffer.concat([buildBootloader("esp32s3"), Buffer.alloc(0x9000, 0xff)]),
        /is a bootloader alone, for esp32s3$/,
        /whole image/,
    ],
    "an image cut off behind its bootloader": [image.subarray(0, 0x6000), /is a bootloader alone, for esp32$/, /whole/],
    "a partition table alone": [buildPartitionTable(), /is a partition table alone/, /give the whole image/],
    "a program (ELF)": [
        Buffer.concat([Buffer.from("\x7fELF\x01\x01\x01"), noise(0x9000, 3)]),
        /is a program \(ELF\)/,
        /convert it to a \.bin/,
    ],
    UF2: [Buffer.concat([Buffer.from("UF2\nWQ]\x9e", "latin1"), noise(0x9000, 4)]), /is UF2/, /convert it to a \.bin/],
    "Intel HEX": [Buffer.from(HEX), /is Intel HEX/, /convert it to a \.bin/],
    "S-records": [Buffer.from("S00F000068656C6C6F202020202000003C\n"), /is Motorola S-records/, /convert/],
    "an empty file": [Buffer.alloc(0), /is empty/, /write it again/],
    "erased flash": [Buffer.alloc(0x400000, 0xff), /is erased flash/, /give the whole image/],
    zeros: [Buffer.alloc(0x20000), /is erased flash/, /give the whole image/],
    "a manifest": [
        Buffer.from('{"file": "a.bin", "sha256": "00"}'),
        /is the manifest of an image/,
        /the \.bin beside it/,
    ],
    JSON: [Buffer.from('[{"a": 1}]\n'), /is JSON/, /give the whole image/],
    "a text": [Buffer.from("INTERVAL_S=60 # Zürich\r\n\tBATCH=5\n"), /is a text/, /give the whole image/],
    "UTF-16": [Buffer.from("\ufeffINTERVAL_S=60\r\n", "utf16le"), /is a text/, /give the whole image/],
    certificates: [Buffer.from("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"), /is PEM/, /whole/],
    "a certificate bundle": [packBundleBe(realRoots(3)), /is a certificate bundle/, /--repin/],
    "a DeviceScript program": [
        Buffer.concat([Buffer.from("446576530a7ef19a", "hex"), noise(0x9000, 5)]),
        /is a DeviceScript program/,
        /give the whole image/,
    ],
    "a program for Windows": [
        Buffer.concat([Buffer.from("4d5a9000", "hex"), noise(0x9000, 6)]),
        /is a program/,
        /give the whole image/,
    ],
}

describe("a file that is no flash image", () => {
    for (const [kind, [bytes, message, next]] of Object.entries(files))
        it(`is called what it is: ${kind}`, () => {
            assert.throws(
                () => readFlashImage(bytes, "x.bin"),
                (error: unknown) => {
                    assert.ok(error instanceof AirpinError)
                    assert.match(error.message, message)
                    assert.match(error.nextStep, next)
                    return hasCode("IMAGE_FOREIGN")(error)
                },
            )
        })

    it("is not called anything if it is unknown, encrypted or damaged", () => {
        for (const bytes of [noise(0x20000, 8), brotliCompressSync(image)])
            assert.throws(() => readFlashImage(bytes), hasCode("PARTITION_TABLE_MISSING"))
        const damaged = Buffer.from(buildFirmware())
        damaged[0x7000] = 0
        assert.throws(() => readFlashImage(damaged), hasCode("PARTITION_TABLE_MISSING"))
    })
})

describe("every command that takes an image", () => {
    let folder: string
    before(async () => {
        folder = await mkdtemp(path.join(tmpdir(), "airpin-test-"))
        await writeFile(path.join(folder, "lfs.bin"), LFS)
        await writeFile(path.join(folder, "page.bin"), HTML)
        await writeFile(path.join(folder, "boot.bin"), buildBootloader())
    })
    after(() => rm(folder, { recursive: true }))

    const commands: Record<string, (file: string) => string[]> = {
        "image --show": file => ["image", "--show", file],
        flash: file => ["flash", "--image", file, "--port", "/dev/null"],
        "flash --web": file => ["flash", "--web", "--image", file],
        "sim --image": file => ["sim", "--image", file],
        "bench image": file => ["bench", "image", "--firmware", file],
        "bundle --show": file => ["bundle", "--show", file],
    }
    for (const [name, args] of Object.entries(commands))
        it(`says it: ${name}`, async () => {
            for (const [file, what] of [
                ["lfs.bin", "is a pointer of Git LFS"],
                ["page.bin", "is an HTML page"],
                ["boot.bin", "is a bootloader alone"],
            ] as const) {
                const { code, stdout, stderr } = await airpin(["--json", ...args(path.join(folder, file))])
                assert.ok(code > 0 && JSON.parse(stdout).error.message.includes(`${file} ${what}`), stderr)
            }
        }).timeout(60_000)

    it("says it also where it takes a bundle too, and takes a damaged bundle as one", async () => {
        const read = (name: string) => readAnchorFile(path.join(folder, name))
        await assert.rejects(read("lfs.bin"), hasCode("CERTIFICATE_FILE_FOREIGN"))
        await assert.rejects(read("boot.bin"), hasCode("IMAGE_FOREIGN"))
        const bundle = packBundleBe(realRoots(3))
        for (const [name, bytes] of Object.entries({
            "whole.bin": bundle,
            "cut.bin": bundle.subarray(0, -1),
            "zeros.bin": Buffer.alloc(100),
        })) {
            await writeFile(path.join(folder, name), bytes)
            assert.ok((await read(name)).bundle.equals(bytes))
        }
    })
})
