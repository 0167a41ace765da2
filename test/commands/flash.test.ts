import assert from "node:assert/strict"
import { mkdir, writeFile } from "node:fs/promises"
import path from "node:path"
import { transferText } from "../../devs/display/transfer.ts"
import { openPort } from "../../devs/flash/serial-port.ts"
import { chipBench, contents, imageFor } from "../flash/support/flashing.ts"
import { airpin, temporaryFolder } from "../support/airpin.ts"
import { buildApp, FSTOR_ADDRESS } from "../support/firmware-image.ts"

const SECRET = "correct horse battery staple"

describe("airpin flash", () => {
    const plugIn = chipBench()
    const image = imageFor("esp32")
    image.bytes.write(SECRET, 0x9000 - image.startAt)
    let folder: string
    let file: string
    before(async () => {
        folder = await temporaryFolder()
        await mkdir(path.join(folder, "build"))
        file = path.join(folder, "build", "test_board-0x1000.bin")
        await writeFile(file, image.bytes)
    })

    it("writes the image of a board, and prints no secret", async () => {
        const chip = await plugIn()
        const { code, stdout, stderr } = await airpin(["flash", "--board", "test_board", "--port", chip.path], folder)
        assert.equal(code, 0, stderr)
        assert.deepEqual(contents(chip, image), image.bytes)
        assert.match(stdout, /^chip +esp32, 4 MB of flash$/m)
        assert.match(stdout, /^flash +build\/test_board-0x1000\.bin: \d+\.\d kB written, 0 B unchanged, in \d+\.\d s$/m)
        assert.match(stdout, /✓ the MD5 computed by the chip matches the image/)
        assert.match(stderr, /press RESET/)
        assert.ok(!(stdout + stderr).includes(SECRET))
    })

    it("writes nothing the next time, and prints one document with --json", async () => {
        const chip = await plugIn()
        image.bytes.copy(chip.flash, image.startAt)
        const { code, stdout } = await airpin(["--json", "flash", "--image", file, "--port", chip.path])
        assert.equal(code, 0)
        const { seconds, ...rest } = JSON.parse(stdout) as { seconds: number }
        assert.ok(seconds > 0)
        assert.deepEqual(rest, {
            file,
            port: chip.path,
            chip: "esp32",
            flashSizeBytes: 4 << 20,
            writtenBytes: 0,
            equalBytes: image.bytes.length,
            wasReset: false,
        })
    })

    it("keeps program and settings of the chip with --repin", async () => {
        const chip = await plugIn()
        image.bytes.copy(chip.flash, image.startAt)
        chip.flash.fill(0x11, FSTOR_ADDRESS, FSTOR_ADDRESS + 4096)
        chip.flash[0x9000] = 0x22
        chip.flash[0x10100]! ^= 1
        const { code, stdout, stderr } = await airpin(["flash", "--repin", "--image", file, "--port", chip.path])
        assert.equal(code, 0, stderr)
        assert.match(stdout, /: 4\.1 kB written/)
        assert.deepEqual([...chip.sectorsTouched], [0x10])
        assert.deepEqual([chip.flash[0x9000], chip.flash[FSTOR_ADDRESS]], [0x22, 0x11])
    })

    it("exits with 1 and the error's code", async () => {
        const chip = await plugIn({ kind: "esp32s3" })
        const { code, stderr } = await airpin(["flash", "--image", file, "--port", chip.path])
        assert.equal(code, 1)
        assert.match(stderr, /the image is for esp32, but the chip is esp32s3 .*\[CHIP_MISMATCH\]/)
    })

    it("ends soon after the chip is unplugged", async () => {
        const chip = await plugIn({ faults: { unplugAtByte: 15_000 } })
        const beganAtMs = performance.now()
        const { code, stderr } = await airpin(["flash", "--image", file, "--port", chip.path, "--baud", "115200"])
        assert.equal(code, 1)
        assert.ok(performance.now() - beganAtMs < 7_500, "sooner than a packet has time")
        assert.match(stderr, /\[PORT_UNPLUGGED\]/)
    })

    it("reports a port that another program uses", async () => {
        const chip = await plugIn()
        const other = await openPort({ path: chip.path })
        const { code, stderr } = await airpin(["flash", "--image", file, "--port", chip.path])
        await other.release()
        assert.equal(code, 1)
        assert.match(stderr, /\[PORT_BUSY\]/)
    })

    it("says how to make a missing image", async () => {
        const { code, stderr } = await airpin(["flash", "--board", "m5stack_core", "--port", "/dev/null"], folder)
        assert.equal(code, 1)
        assert.match(stderr, /\[IMAGE_MISSING\]\nnext +make it: airpin image --board m5stack_core/)
    })

    it("names the boards if there is none of this name", async () => {
        const { code, stderr } = await airpin(["flash", "--board", "m5stak"], folder)
        assert.equal(code, 2)
        assert.match(stderr, /\[BOARD_UNKNOWN\]\nnext +use one of .*m5stack_core/)
    })

    it("refuses to choose between two images of a board", async () => {
        await writeFile(path.join(folder, "build", "twin-0x0.bin"), "")
        await writeFile(path.join(folder, "build", "twin-0x1000.bin"), "")
        assert.match(
            (await airpin(["flash", "--board", "twin", "--port", "/dev/null"], folder)).stderr,
            /twin-0x0\.bin, twin-0x1000\.bin .*\[IMAGE_AMBIGUOUS\]/,
        )
    })

    it("refuses an application alone", async () => {
        const app = path.join(folder, "app.bin")
        await writeFile(app, buildApp({ codeBytes: 0, ramBytes: 1024, dataBytes: 0 }))
        const chip = await plugIn()
        assert.match((await airpin(["flash", "--image", app, "--port", chip.path])).stderr, /\[IMAGE_NOT_BOOTABLE\]/)
    })

    it("exits with 2 without an image, with two images, and with an invalid baud rate", async () => {
        for (const args of [[], ["--board", "b", "--image", file], ["--image", file, "--baud", "300"]])
            assert.equal((await airpin(["flash", ...args, "--port", "/dev/null"])).code, 2, args.join(" "))
    })
})

describe("the progress of airpin flash", () => {
    it("shows bytes, rate and remaining time", () => {
        const text = transferText({ doneBytes: 500_000, totalBytes: 2_000_000 }, 10)
        assert.equal(text, "██████░░░░░░░░░░░░░░░░░░   25 %  500.0 kB of 2000.0 kB  50.0 kB/s  30 s left")
    })

    it("shows no rate before anything is done", () => {
        assert.equal(
            transferText({ doneBytes: 0, totalBytes: 2_000_000 }, 0),
            "░░░░░░░░░░░░░░░░░░░░░░░░    0 %  0 B of 2000.0 kB",
        )
    })
})
