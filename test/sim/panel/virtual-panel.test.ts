import assert from "node:assert/strict"
import { readBoard } from "../../../devs/image/boards.ts"
import { VirtualPanel, type VirtualPanelOptions } from "../../../devs/sim/panel/virtual-panel.ts"

const HIGH = 0x12
const LOW = 0x22
const PULLED_DOWN = 0x21
const GOOD_SPI = { misoGpio: undefined, mosiGpio: 23, sckGpio: 18, mode: 0, hz: 40e6 }

const panelOf = async (id: string, options?: VirtualPanelOptions) => new VirtualPanel(await readBoard(id), options)

/** Sends commands with their parameters to the pins of an M5Stack Core. */
function send(panel: VirtualPanel, atMs: number, ...commands: [code: number, ...parameters: number[]][]): void {
    panel.setPin("LCD_CS", LOW, atMs)
    for (const [code, ...parameters] of commands) {
        panel.setPin("LCD_DC", LOW, atMs)
        panel.transferSpi(Uint8Array.of(code), atMs)
        panel.setPin("LCD_DC", HIGH, atMs)
        if (parameters.length > 0) panel.transferSpi(Uint8Array.from(parameters), atMs)
    }
    panel.setPin("LCD_CS", HIGH, atMs)
}

/** Starts the screen and draws one red pixel at the upper left. */
function drawRed(panel: VirtualPanel, spi = GOOD_SPI): void {
    panel.configureSpi(spi)
    panel.setPin("LCD_RST", LOW, 0)
    panel.setPin("LCD_RST", HIGH, 1)
    send(panel, 121, [0x11])
    send(panel, 241, [0x3a, 0x55], [0x36, 0x08], [0x21], [0x2a, 0, 0, 0, 0], [0x2b, 0, 0, 0, 0])
    send(panel, 241, [0x2c, 0xf8, 0], [0x29])
}

const firstPixel = (panel: VirtualPanel) => Buffer.from(panel.screen?.pixels().subarray(0, 3) ?? []).toString("hex")

describe("the virtual panel of an M5Stack Core", () => {
    for (const id of ["m5stack_core", "m5stack_fire"])
        it(`shows what comes over SPI once the backlight is on (${id})`, async () => {
            const panel = await panelOf(id)
            drawRed(panel)
            assert.equal(firstPixel(panel), "000000")
            panel.setPin("LCD_BL", HIGH, 241)
            assert.equal(firstPixel(panel), "ff0000")
            assert.deepEqual([panel.screen?.width, panel.screen?.height], [320, 240])
            assert.deepEqual(panel.screen?.received, { commands: 8, parameters: 10, pixels: 2 })
            assert.deepEqual(panel.problems, [])
        })

    it("is turned with the device", async () => {
        const panel = await panelOf("m5stack_core", { turned: 180 })
        drawRed(panel)
        panel.setPin("LCD_BL", HIGH, 241)
        const pixels = panel.screen?.pixels() ?? new Uint8Array()
        assert.equal(Buffer.from(pixels.subarray(-4)).toString("hex"), "ff0000ff")
    })

    it("tells its glass by the level of the reset line with a pull-down", async () => {
        for (const [variant, level] of [
            ["ips", 1],
            ["tn", 0],
        ] as const) {
            const panel = await panelOf("m5stack_core", { variant })
            panel.setPin("LCD_RST", LOW, 0)
            panel.setPin("LCD_RST", PULLED_DOWN, 0)
            assert.equal(panel.readPin("LCD_RST", 0), level, variant)
        }
    })

    it("shows the negative on the older glass if INVON is sent to it", async () => {
        const panel = await panelOf("m5stack_core", { variant: "tn" })
        drawRed(panel)
        panel.setPin("LCD_BL", HIGH, 241)
        assert.equal(firstPixel(panel), "00ffff")
    })

    it("has buttons that pull their pins low", async () => {
        const panel = await panelOf("m5stack_core")
        assert.deepEqual(panel.buttons, ["BTNA", "BTNB", "BTNC"])
        assert.equal(panel.readPin("BTNB", 0), 1)
        panel.press("BTNB", true)
        assert.deepEqual([panel.readPin("BTNB", 0), panel.readPin("BTNA", 0)], [0, 1])
        panel.press("BTNB", false)
        assert.equal(panel.readPin("BTNB", 0), 1)
        panel.setPin("BTNB", HIGH, 7)
        assert.deepEqual(panel.problems, [
            { kind: "pin-conflict", detail: "BTNB is a button, and driven as an output", atMs: 7 },
        ])
    })

    it("names an SPI bus that is not configured, on other pins, in a mode or at a clock the screen does not take", async () => {
        const unconfigured = await panelOf("m5stack_core")
        unconfigured.transferSpi(Uint8Array.of(0), 0)
        assert.deepEqual(
            unconfigured.problems.map(({ kind }) => kind),
            ["spi-not-configured"],
        )
        for (const [change, kind, color] of [
            [{ mosiGpio: 19 }, "spi-pins", "000000"],
            [{ sckGpio: undefined }, "spi-pins", "000000"],
            [{ mode: 1 }, "spi-mode", "000000"],
            [{ hz: 80e6 }, "spi-clock", "ff0000"],
        ] as const) {
            const panel = await panelOf("m5stack_core")
            drawRed(panel, { ...GOOD_SPI, ...change } as typeof GOOD_SPI)
            panel.setPin("LCD_BL", HIGH, 241)
            assert.equal(panel.problems[0]?.kind, kind)
            assert.equal(firstPixel(panel), color, kind)
        }
    })

    it("takes no bytes while nothing drives chip select", async () => {
        const panel = await panelOf("m5stack_core")
        panel.configureSpi(GOOD_SPI)
        panel.setPin("LCD_RST", LOW, 0)
        panel.setPin("LCD_RST", HIGH, 1)
        panel.transferSpi(Uint8Array.of(0), 121)
        assert.deepEqual(
            panel.problems.map(({ kind }) => kind),
            ["not-selected"],
        )
    })

    it("is dark after the chip has stopped, and the screen then waits longer after its reset", async () => {
        const panel = await panelOf("m5stack_core")
        drawRed(panel)
        panel.setPin("LCD_BL", HIGH, 241)
        panel.chipStopped(1000)
        assert.equal(firstPixel(panel), "000000")
        panel.configureSpi(GOOD_SPI)
        panel.setPin("LCD_RST", LOW, 1000)
        panel.setPin("LCD_RST", HIGH, 1001)
        send(panel, 1010, [0x11])
        assert.deepEqual(
            panel.problems.map(({ kind }) => kind),
            ["too-early"],
        )
    })

    it("knows the pins of the board file but for the status light's", async () => {
        const panel = await panelOf("m5stack_fire")
        assert.equal(panel.gpioOf("LCD_BL"), 32)
        assert.equal(panel.gpioOf("RGB"), undefined)
        assert.equal((await panelOf("xiao_esp32c3")).screen, undefined)
    })
})
