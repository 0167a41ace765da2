import assert from "node:assert/strict"
import { Random } from "../../devs/sim/random.ts"
import { chipBench, contents, failsWith, flashOnto, imageFor, together } from "./support/flashing.ts"

const RUNS = 50
/** in parallel, since each mostly waits */
const LANES = 5

describe("devs/flash with a chip that is unplugged", function () {
    this.timeout(120_000)
    const plugIn = chipBench()

    it(`completes the next time, after each of ${RUNS} moments`, async () => {
        const image = imageFor("esp32s3")
        const undisturbed = await plugIn({ kind: "esp32s3" })
        await flashOnto(undisturbed, image)
        const random = new Random(1)
        const moments = Array.from({ length: RUNS }, () => Math.floor(random.between(0, undisturbed.bytesReceived)))
        const midway: number[] = []
        const lane = async () => {
            for (let at = moments.pop(); at !== undefined; at = moments.pop()) {
                const chip = await plugIn({ kind: "esp32s3", faults: { unplugAtByte: at } })
                await assert.rejects(flashOnto(chip, image), failsWith("PORT_UNPLUGGED"), `unplugged at byte ${at}`)
                if (chip.sectorsTouched.size > 0) midway.push(at)
                chip.faults = {}
                await chip.plugIn()
                await flashOnto(chip, image)
                assert.deepEqual(contents(chip, image), image.bytes, `unplugged at byte ${at}`)
            }
        }
        await together(Array.from({ length: LANES }, lane))
        assert.ok(midway.length > RUNS / 3, `only ${midway.length} moments were during writing`)
    })

    it("fails at once, not after the chip's deadline", async () => {
        const image = imageFor("esp32s3")
        const chip = await plugIn({ kind: "esp32s3", faults: { unplugAtByte: 20_000 } })
        const beganAtMs = performance.now()
        await assert.rejects(flashOnto(chip, image), failsWith("PORT_UNPLUGGED"))
        assert.ok(performance.now() - beganAtMs < 6_000)
    })
})
