import assert from "node:assert/strict"
import { readBoard } from "../../../devs/image/boards.ts"
import { Buzzer } from "../../../devs/sim/panel/buzzer.ts"
import { type LightKind, StatusLight } from "../../../devs/sim/panel/light.ts"
import { ProblemLog } from "../../../devs/sim/panel/problems.ts"
import { VirtualPanel } from "../../../devs/sim/panel/virtual-panel.ts"
import { FRAME_IS_COMMAND, frameOf } from "../../../devs/vm/jacdac-frames.ts"
import type { Machine } from "../../../devs/vm/machine.ts"
import { boot, START_MS } from "../../support/program.ts"

const CHIP = Buffer.from("0123456789abcdef", "hex")
const BUZZER = Buffer.from("b0b1b2b3b4b50718", "hex")

/** The frame by which a program sets the status light. */
const lightFrame = (red: number, green: number, blue: number, speed: number) =>
    frameOf(CHIP, FRAME_IS_COMMAND, { service: 0, command: 0x84, data: Buffer.of(red, green, blue, speed) })

function lit(kind: LightKind, ...command: [red: number, green: number, blue: number, speed: number]): StatusLight {
    const light = new StatusLight(kind)
    light.round([], 0)
    light.round([lightFrame(...command)], 1000)
    return light
}

const hexAt = (light: StatusLight, atMs: number) => {
    const { red, green, blue } = light.colorAt(atMs)
    return Buffer.of(red, green, blue).toString("hex")
}

describe("the status light", () => {
    it("shows red as green and green as red, since the runtime sends red first to LEDs that take green first", () => {
        assert.equal(hexAt(lit("rgb", 200, 0, 0, 0), 1066), "00c700")
        assert.equal(hexAt(lit("rgb", 0, 200, 0, 0), 1066), "c70000")
        assert.equal(hexAt(lit("rgb", 0, 0, 200, 0), 1066), "0000c7")
    })

    it("takes a new colour at the runtime's next step, at most 66 ms later", () => {
        const light = lit("rgb", 0, 200, 0, 0)
        assert.equal(hexAt(light, 1000), "000000")
        assert.equal(hexAt(light, 1066), "c70000")
    })

    it("moves towards it by speed", () => {
        // 128 of 512 a step: each adds (200 * 20) >> 1 = 2,000 of 51,200.
        const light = lit("rgb", 0, 200, 0, 20)
        const reds = [1, 2, 3].map(step => light.colorAt(1000 + step * 65.536).red)
        assert.deepEqual(reds, [7, 15, 23])
        assert.equal(light.colorAt(3000).red, 199)
    })

    it("goes back to the runtime's own glow 2.1 s after the last command", () => {
        const light = lit("rgb", 0, 200, 0, 0)
        assert.equal(hexAt(light, 3097), "c70000")
        const later = [3200, 3400, 3600].map(atMs => hexAt(light, atMs))
        assert.equal(later.at(-1)?.startsWith("00"), true, later.join(" "))
        // sent as dim red
        const glows = light.changes.filter(({ atMs }) => atMs > 3200)
        assert.ok(glows.some(({ green }) => green > 0 && green <= 8))
        assert.ok(glows.every(({ blue }) => blue === 0))
    })

    it("is on or off if it is a LED on a plain pin", () => {
        assert.equal(hexAt(lit("on-off", 0, 20, 0, 0), 1066), "ffffff")
        assert.equal(hexAt(lit("on-off", 0, 1, 0, 0), 1066), "000000")
    })

    it("is dark once the chip has stopped, and remembers the changes", () => {
        const light = lit("rgb", 0, 200, 0, 0)
        light.colorAt(1500)
        light.stopped(1600)
        assert.equal(hexAt(light, 5000), "000000")
        const reds = light.changes.filter(({ atMs }) => atMs > 1000).map(({ red, atMs }) => [Math.round(atMs), red])
        assert.deepEqual(reds, [
            [1049, 199],
            [1600, 0],
        ])
    })
})

/** A machine whose program has just sent these frames; what it receives is dropped. */
const sending = (...frames: Buffer[]) => ({ frames, receive: () => undefined }) as unknown as Machine

const toneFrame = (...words: number[]) =>
    frameOf(BUZZER, FRAME_IS_COMMAND, {
        service: 1,
        command: 0x80,
        data: Buffer.from(words.flatMap(word => [word & 255, word >> 8])),
    })

describe("the buzzer", () => {
    it("records tones, and the next one ends the one before", () => {
        const buzzer = new Buzzer(new ProblemLog())
        buzzer.round(sending(toneFrame(500, 250, 1000)), 100)
        buzzer.round(sending(toneFrame(1000, 100, 50)), 400)
        assert.deepEqual(buzzer.tones, [
            { atMs: 100, hz: 2000, duty: 249 / 500, ms: 300 },
            { atMs: 400, hz: 1000, duty: 99 / 1000, ms: 50 },
        ])
        assert.equal(buzzer.soundAt(449)?.hz, 1000)
        assert.equal(buzzer.soundAt(450), undefined)
        assert.equal(buzzer.soundAt(99), undefined)
    })

    it("names tones that the chip cannot make", () => {
        const problems = new ProblemLog()
        const buzzer = new Buzzer(problems)
        buzzer.round(sending(toneFrame(0, 0, 100), toneFrame(100, 200, 100)), 7)
        assert.deepEqual(problems.all, [
            { kind: "tone", detail: "a period of 0 µs, with which the chip crashes", atMs: 7 },
            { kind: "tone", detail: "driven for 200 µs of 100 µs", atMs: 7 },
        ])
    })
})

describe("light and buzzer of a board", () => {
    it("follow the program on its virtual chip", async () => {
        const panel = new VirtualPanel(await readBoard("m5stack_fire"))
        const device = await boot("test/fixtures/programs/light-and-tone.ts", { peripherals: panel })
        device.afterRound = () => panel.afterRound(device.machine, device.clock.nowMs)
        device.runFor(10_000)
        panel.light?.colorAt(START_MS + 10_000)
        const bright = panel.light?.changes.filter(({ red, green, blue }) => Math.max(red, green, blue) > 50) ?? []
        // 200, 100, 0 was sent.
        assert.deepEqual([bright[0]?.red, bright[0]?.green, bright[0]?.blue], [99, 199, 0])
        assert.ok(bright.some(({ red, green, blue }) => red === 0 && green === 0 && blue === 199))
        const [tone, ...others] = panel.buzzer?.tones ?? []
        assert.deepEqual([tone?.hz, tone?.ms, others.length], [2000, 200, 0])
        assert.deepEqual(panel.problems, [])
    })

    it("are absent where the board file has none", async () => {
        const panel = new VirtualPanel(await readBoard("m5stack_core"))
        assert.equal(panel.light, undefined)
        assert.notEqual(panel.buzzer, undefined)
        assert.equal(new VirtualPanel(await readBoard("esp32_devkit")).buzzer, undefined)
    })
})
