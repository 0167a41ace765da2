import assert from "node:assert/strict"
import type { FlashOptions } from "../../devs/flash/flasher.ts"
import { Random } from "../../devs/sim/random.ts"
import type { Faults } from "./support/chip-model.ts"
import { chipBench, contents, failsWith, flashOnto, imageFor, together } from "./support/flashing.ts"

/** What an ESP32 prints at 115200 baud before its bootloader listens. */
const BOOT_LOG = Buffer.from(
    "ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))\r\nwaiting for download\r\n",
)

/** A byte position during the upload of the stub. */
const WITHIN_STUB = 3_000
/** A byte position during the writing of the image by the stub. */
const MIDWAY = 15_000

describe("devs/flash with a faulty chip or wire", () => {
    const plugIn = chipBench()
    const image = imageFor("esp32s3")

    /** Flashing fails with this code within the timeout, and succeeds after the fault is gone. */
    async function failsThenCompletes(
        code: string,
        timeoutMs: number,
        faults: Faults,
        options: Partial<FlashOptions> = {},
    ): Promise<void> {
        const chip = await plugIn({ kind: "esp32s3", faults })
        const beganAtMs = performance.now()
        await assert.rejects(flashOnto(chip, image, options), failsWith(code))
        assert.ok(performance.now() - beganAtMs < timeoutMs)
        await chip.unplug()
        chip.faults = {}
        await chip.plugIn()
        await flashOnto(chip, image)
        assert.deepEqual(contents(chip, image), image.bytes)
    }

    it("fails in bounded time if a chip does not respond, is silent at the new baud rate, or stops midway", () =>
        together([
            silentChipNeedsButtons(),
            failsThenCompletes("CHIP_SILENT", 15_000, { silent: true }),
            failsThenCompletes("BAUD_FAILED", 15_000, { wrongBaud: true }, { baud: 921_600 }),
            failsThenCompletes("CHIP_FAILED", 25_000, { stallAtByte: MIDWAY }),
        ]))

    async function silentChipNeedsButtons(): Promise<void> {
        const chip = await plugIn({ faults: { silent: true } })
        await assert.rejects(flashOnto(chip, imageFor("esp32")), {
            message: `no chip responds on ${chip.path}; this port has no control lines to reset it`,
            nextStep:
                "hold the BOOT button, press and release RESET (or plug the board in), release BOOT, and run this again",
        })
    }

    it("gives up on a chip that keeps sending a log", () =>
        failsThenCompletes("CHIP_SILENT", 10_000, {
            noise: { bytes: Buffer.from("[12:00:01] co2 721 ppm\r\n"), forever: true },
        }))

    it("ignores what a chip prints when it starts", async () => {
        const chip = await plugIn({ kind: "esp32s3", faults: { noise: { bytes: BOOT_LOG } } })
        await flashOnto(chip, image)
        assert.deepEqual(contents(chip, image), image.bytes)
    })

    it("refuses an unknown chip", () => failsThenCompletes("CHIP_UNKNOWN", 5_000, { chipId: 77 }))

    it("refuses a chip that DeviceScript does not run on", () =>
        failsThenCompletes("CHIP_UNKNOWN", 5_000, { chipId: 13 }))

    for (const kind of ["esp32s2", "esp32s3", "esp32c3"] as const)
        it(`writes nothing to an ${kind} in secure download mode`, async () => {
            const chip = await plugIn({ kind, faults: { secureDownload: true } })
            await assert.rejects(flashOnto(chip, imageFor(kind)), failsWith("CHIP_LOCKED"))
            assert.deepEqual([...chip.sectorsTouched], [])
        })

    for (const lock of ["flashEncryption", "secureBoot"] as const)
        it(`writes nothing to a chip with ${lock}, which would never start again`, async () => {
            const chip = await plugIn({ kind: "esp32s3", faults: { [lock]: true } })
            await assert.rejects(flashOnto(chip, image), failsWith("CHIP_LOCKED"))
            assert.deepEqual([...chip.sectorsTouched], [])
        })

    for (const flashId of [0x000000, 0xffffff])
        it(`refuses a flash with the id ${flashId.toString(16)}`, () =>
            failsThenCompletes("FLASH_UNKNOWN", 5_000, { flashId }))

    it("writes a block again if one of its bytes is wrong", async () => {
        const chip = await plugIn({ kind: "esp32s3", faults: { weakByte: { at: 0x11000, times: 2 } } })
        await flashOnto(chip, image)
        assert.deepEqual(contents(chip, image), image.bytes)
    })

    for (const fault of ["loseByteAt", "corruptByteAt"] as const)
        for (const [what, at] of Object.entries({ stub: WITHIN_STUB, image: MIDWAY }))
            it(`recovers from ${fault} within the ${what}`, async () => {
                const chip = await plugIn({ kind: "esp32s3", faults: { [fault]: at } })
                await flashOnto(chip, image)
                assert.deepEqual(contents(chip, image), image.bytes)
            })

    it("fails if the flash does not keep its contents", () =>
        failsThenCompletes("FLASH_VERIFY_FAILED", 10_000, { weakByte: { at: 0x11000, times: Infinity } }))
})

describe("devs/flash over a wire that loses or corrupts bytes", () => {
    const plugIn = chipBench()
    const image = imageFor("esp32c3")

    for (const fault of ["loseByteAt", "corruptByteAt"] as const)
        for (const stub of [true, false])
            it(`${fault}: writes the image, or fails and writes it the next time, ${stub ? "with" : "without"} the stub`, async () => {
                const random = new Random(1)
                const moments = Array.from({ length: 5 }, () => Math.floor(random.between(0, 18_000)))
                await together(moments.map(at => outcomeOf({ [fault]: at }, stub)))
            })

    async function outcomeOf(faults: Faults, stub: boolean): Promise<void> {
        const chip = await plugIn({ kind: "esp32c3", faults })
        const outcome = await flashOnto(chip, image, { stub }).then(
            () => "written",
            (error: { code: string }) => error.code,
        )
        if (outcome !== "written") assert.equal(outcome, "CHIP_FAILED", JSON.stringify(faults))
        else assert.deepEqual(contents(chip, image), image.bytes, JSON.stringify(faults))
        chip.faults = {}
        chip.reset()
        await flashOnto(chip, image, { stub })
        assert.deepEqual(contents(chip, image), image.bytes, JSON.stringify(faults))
    }
})
