import assert from "node:assert/strict"
import { type Board, readBoard } from "../../../../devs/image/boards.ts"
import { VirtualPanel } from "../../../../devs/sim/panel/virtual-panel.ts"
import { I2cMaster } from "./i2c-master.ts"

const HIGH = 0x12
const LOW = 0x22

interface Pins {
    sda: number
    scl: number
    cs: number
    dc: number
    mosi: number
    sck: number
    rst?: number
}

/** The board with labels for the pins that its screen is on. */
async function boardWith(id: string, pins: Pins): Promise<Board> {
    const board = await readBoard(id)
    return { ...board, definition: { ...board.definition, pins: { ...pins } } }
}

const AXP = 0x34
const AW = 0x58
const core2: Pins = { sda: 21, scl: 22, cs: 5, dc: 15, mosi: 23, sck: 18 }

/** Writes to power chips: screen on, and what takes and gives back its reset; then backlight; then 5 V of the port. */
const cases: {
    id: string
    variant: string
    pins: Pins
    on: number[][]
    reset: number[][]
    release: number[][]
    backlight: number[][]
    port: number[][]
    size: [number, number]
}[] = [
    {
        id: "m5stack_core2",
        variant: "axp192",
        pins: core2,
        on: [
            [AXP, 0x95, 0x84],
            [AXP, 0x28, 0xf0],
            [AXP, 0x12, 0x05],
        ],
        reset: [[AXP, 0x96, 0]],
        release: [[AXP, 0x96, 2]],
        backlight: [[AXP, 0x12, 0x07]],
        port: [[AXP, 0x12, 0x47]],
        size: [320, 240],
    },
    {
        id: "m5stack_core2",
        variant: "axp2101",
        pins: core2,
        on: [[AXP, 0x90, 0x08]],
        reset: [[AXP, 0x90, 0x08]],
        release: [[AXP, 0x90, 0x0a]],
        backlight: [[AXP, 0x90, 0x1a]],
        port: [[AXP, 0x90, 0x3a]],
        size: [320, 240],
    },
    {
        id: "m5stack_cores3",
        variant: "ips",
        pins: { sda: 12, scl: 11, cs: 3, dc: 35, mosi: 37, sck: 36 },
        on: [[AW, 0x05, 0x0c]],
        reset: [[AW, 0x03, 0x01]],
        release: [[AW, 0x03, 0x03]],
        backlight: [[AXP, 0x90, 0xbf]],
        port: [
            [AW, 0x11, 0x10],
            [AW, 0x02, 0x07],
            [AW, 0x03, 0x83],
        ],
        size: [320, 240],
    },
    {
        id: "m5stick_c_plus",
        variant: "ips",
        pins: { sda: 21, scl: 22, cs: 5, dc: 23, mosi: 15, sck: 13, rst: 18 },
        on: [
            [AXP, 0x28, 0xcc],
            [AXP, 0x12, 0x09],
        ],
        reset: [],
        release: [],
        backlight: [[AXP, 0x12, 0x0d]],
        port: [[AXP, 0x12, 0x4d]],
        size: [240, 135],
    },
]

describe("a screen whose power chip lights it", () => {
    for (const { id, variant, pins, on, reset, release, backlight, port, size } of cases)
        it(`is seen after the writes to the chips, pin by pin (${id}, ${variant})`, async () => {
            const panel = new VirtualPanel(await boardWith(id, pins), { variant })
            let nowMs = 0
            const master = new I2cMaster({
                set: (line, mode) => panel.setPin(line, mode, nowMs),
                read: line => panel.readPin(line, nowMs),
            })
            const writeAll = (writes: number[][]) => {
                for (const [address = 0, ...bytes] of writes)
                    assert.ok(master.write(address, ...bytes).every(acknowledged => acknowledged))
            }
            const setReset = (level: 0 | 1) => {
                writeAll(level ? release : reset)
                if (pins.rst !== undefined) panel.setPin("rst", level ? HIGH : LOW, nowMs)
            }
            const send = (...commands: number[][]) => {
                panel.setPin("cs", LOW, nowMs)
                for (const [code = 0, ...parameters] of commands) {
                    panel.setPin("dc", LOW, nowMs)
                    panel.transferSpi(Uint8Array.of(code), nowMs)
                    panel.setPin("dc", HIGH, nowMs)
                    panel.transferSpi(Uint8Array.from(parameters), nowMs)
                }
                panel.setPin("cs", HIGH, nowMs)
            }
            panel.configureSpi({ misoGpio: undefined, mosiGpio: pins.mosi, sckGpio: pins.sck, mode: 0, hz: 40e6 })
            writeAll(on)
            setReset(0)
            nowMs = 1
            setReset(1)
            nowMs = 121
            send([0x11])
            nowMs = 126
            const madctl = id === "m5stick_c_plus" ? 0x68 : 0x08
            const [column, row] = id === "m5stick_c_plus" ? [40, 53] : [0, 0]
            const window = (at: number) => [0, at, 0, at]
            send([0x3a, 0x55], [0x36, madctl], [0x21], [0x2a, ...window(column)], [0x2b, ...window(row)])
            send([0x2c, 0xf8, 0], [0x29])
            const firstPixel = () => Buffer.from(panel.screen?.pixels().subarray(0, 3) ?? []).toString("hex")
            assert.equal(firstPixel(), "000000")
            writeAll(backlight)
            assert.equal(firstPixel(), "ff0000")
            assert.deepEqual([panel.screen?.width, panel.screen?.height], size)
            assert.equal(panel.portHas5V, false)
            writeAll(port)
            assert.equal(panel.portHas5V, true)
            assert.deepEqual(panel.problems, [])
        })

    it("gets no bytes without power", async () => {
        const panel = new VirtualPanel(await boardWith("m5stack_core2", core2))
        panel.configureSpi({ misoGpio: undefined, mosiGpio: 23, sckGpio: 18, mode: 0, hz: 40e6 })
        panel.setPin("cs", LOW, 0)
        panel.transferSpi(Uint8Array.of(0x11), 0)
        assert.deepEqual(
            panel.problems.map(({ kind }) => kind),
            ["no-power"],
        )
        assert.deepEqual(Buffer.from(panel.screen?.pixels().subarray(0, 4) ?? []).toString("hex"), "000000ff")
    })

    it("has a backlight as bright as its voltage", async () => {
        const panel = new VirtualPanel(await boardWith("m5stack_core2", core2), { variant: "axp2101" })
        const master = new I2cMaster({
            set: (line, mode) => panel.setPin(line, mode, 0),
            read: line => panel.readPin(line, 0),
        })
        const brightnesses = [28, 22, 17].map(step => {
            master.write(AXP, 0x90, 0x10)
            master.write(AXP, 0x96, step)
            return panel.screen?.brightness
        })
        assert.equal(brightnesses[0], 1)
        assert.ok(Math.abs((brightnesses[1] ?? 0) - 5 / 11) < 1e-9)
        assert.equal(brightnesses[2], 0)
    })
})
