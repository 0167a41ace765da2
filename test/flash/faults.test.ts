import assert from "node:assert/strict"
import type { FlashOptions } from "../../devs/flash/flasher.ts"
import { Random } from "../../devs/sim/random.ts"
import type { Faults } from "../support/chip-model.ts"
import { chipBench, contents, failsWith, flashOnto, imageFor, together } from "./support/flashing.ts"

/** As an ESP32 says it at 115200 baud before its loader listens. */
const BOOT_LOG = Buffer.from(
    "ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))\r\nwaiting for download\r\n",
)

/** The stub is being uploaded then. */
const WITHIN_STUB = 3_000
/** The stub is running by then, and the image under way. */
const MIDWAY = 15_000

describe("devs/flash with a chip or a wire at fault", () => {
    const plugIn = chipBench()
    const image = imageFor("esp32s3")

    /** It fails so, within its time; when the fault is gone, running again completes. */
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

    it("tells in bounded time that a chip does not answer, is not heard at the rate it was told, or stops midway", () =>
        together([
            silentChipIsToBeStarted(),
            failsThenCompletes("CHIP_SILENT", 15_000, { silent: true }),
            failsThenCompletes("BAUD_FAILED", 15_000, { wrongBaud: true }, { baud: 921_600 }),
            failsThenCompletes("CHIP_FAILED", 25_000, { stallAtByte: MIDWAY }),
        ]))

    async function silentChipIsToBeStarted(): Promise<void> {
        const chip = await plugIn({ faults: { silent: true } })
        await assert.rejects(flashOnto(chip, imageFor("esp32")), {
            message: `no chip responds on ${chip.path}; this port has no control lines to reset it`,
            nextStep:
                "hold the BOOT button, press and release RESET (or plug the board in), release BOOT, and run this again",
        })
    }

    it("gives up on a chip that says something else for ever", () =>
        failsThenCompletes("CHIP_SILENT", 10_000, {
            noise: { bytes: Buffer.from("[12:00:01] co2 721 ppm\r\n"), forever: true },
        }))

    it("is not led astray by what a chip says when it starts", async () => {
        const chip = await plugIn({ kind: "esp32s3", faults: { noise: { bytes: BOOT_LOG } } })
        await flashOnto(chip, image)
        assert.deepEqual(contents(chip, image), image.bytes)
    })

    it("tells of a chip that it does not know", () => failsThenCompletes("CHIP_UNKNOWN", 5_000, { chipId: 77 }))

    it("tells of a chip that DeviceScript does not run on", () =>
        failsThenCompletes("CHIP_UNKNOWN", 5_000, { chipId: 13 }))

    for (const kind of ["esp32s2", "esp32s3", "esp32c3"] as const)
        it(`writes nothing to an ${kind} in secure download mode`, async () => {
            const chip = await plugIn({ kind, faults: { secureDownload: true } })
            await assert.rejects(flashOnto(chip, imageFor(kind)), failsWith("CHIP_LOCKED"))
            assert.deepEqual([...chip.sectorsTouched], [])
        })

    for (const lock of ["flashEncryption", "secureBoot"] as const)
        it(`writes nothing to a chip with ${lock}: it would never start again`, async () => {
            const chip = await plugIn({ kind: "esp32s3", faults: { [lock]: true } })
            await assert.rejects(flashOnto(chip, image), failsWith("CHIP_LOCKED"))
            assert.deepEqual([...chip.sectorsTouched], [])
        })

    for (const flashId of [0x000000, 0xffffff])
        it(`tells of a flash that answers ${flashId.toString(16)}`, () =>
            failsThenCompletes("FLASH_UNKNOWN", 5_000, { flashId }))

    it("writes a block again in which a byte has turned out wrong", async () => {
        const chip = await plugIn({ kind: "esp32s3", faults: { weakByte: { at: 0x11000, times: 2 } } })
        await flashOnto(chip, image)
        assert.deepEqual(contents(chip, image), image.bytes)
    })

    for (const fault of ["loseByteAt", "corruptByteAt"] as const)
        for (const [what, at] of Object.entries({ stub: WITHIN_STUB, image: MIDWAY }))
            it(`sends again what came wrong over the wire, ${fault} of the ${what}`, async () => {
                const chip = await plugIn({ kind: "esp32s3", faults: { [fault]: at } })
                await flashOnto(chip, image)
                assert.deepEqual(contents(chip, image), image.bytes)
            })

    it("tells of flash that does not keep what is written", () =>
        failsThenCompletes("FLASH_VERIFY_FAILED", 10_000, { weakByte: { at: 0x11000, times: Infinity } }))
})

describe("devs/flash over a wire that loses and garbles bytes", () => {
    const plugIn = chipBench()
    const image = imageFor("esp32c3")

    for (const fault of ["loseByteAt", "corruptByteAt"] as const)
        for (const stub of [true, false])
            it(`${fault}: the image is written or an error told, and then it is written; ${stub ? "with" : "without"} the stub`, async () => {
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
