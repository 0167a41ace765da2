import assert from "node:assert/strict"
import { DcsController } from "../../../devs/sim/panel/dcs-controller.ts"
import { ILI9342C } from "../../../devs/sim/panel/ili9342c.ts"
import type { Glass } from "../../../devs/sim/panel/lcd.ts"
import { BLUE, GREEN, LcdHost, RED, WHITE } from "./lcd-host.ts"

/** A small panel: 4 × 3 pixels at the upper left of a memory of 6 × 5. */
const model = { ...ILI9342C, columns: 6, rows: 5 }
const plain: Glass = {
    firstColumn: 0,
    firstRow: 0,
    columns: 4,
    rows: 3,
    subpixels: "RGB",
    inverts: false,
    turned: 0,
}

const newHost = (glass: Partial<Glass> = {}) => new LcdHost(new DcsController(model, { ...plain, ...glass }))

function started(glass: Partial<Glass> = {}, madctl = 0): LcdHost {
    const host = newHost(glass)
    host.start(madctl)
    return host
}

describe("an LCD controller", () => {
    it("shows the pixels of a window, row by row, and takes no offence at a correct start", () => {
        const host = started()
        host.draw(1, 1, 2, 2, [RED, GREEN, BLUE, WHITE])
        assert.deepEqual(
            [host.seen(1, 1), host.seen(2, 1), host.seen(1, 2), host.seen(2, 2)],
            ["ff0000", "00ff00", "0000ff", "ffffff"],
        )
        assert.deepEqual(host.lcd.problems, [])
        assert.deepEqual(host.lcd.received, { commands: 7, parameters: 10, pixels: 8 })
    })

    it("is black while it sleeps, is switched off, or is held in reset", () => {
        const host = started()
        host.draw(0, 0, 1, 1, [WHITE])
        host.command(0x28)
        assert.equal(host.seen(0, 0), "000000")
        host.command(0x29)
        assert.equal(host.seen(0, 0), "ffffff")
        host.command(0x10)
        assert.equal(host.seen(0, 0), "000000")
        host.wait(120)
        host.command(0x11)
        assert.equal(host.seen(0, 0), "ffffff")
        host.lcd.reset(true, host.nowMs)
        assert.equal(host.seen(0, 0), "000000")
        assert.deepEqual(host.kinds, [])
    })

    it("shows noise where nothing was written since power-up", () => {
        const host = started()
        const colors = new Set([0, 1, 2, 3].flatMap(x => [0, 1, 2].map(y => host.seen(x, y))))
        assert.ok(colors.size > 8, [...colors].join(" "))
    })

    it("goes on at the start of the window when that is full", () => {
        const host = started()
        host.draw(1, 1, 2, 1, [RED, GREEN, BLUE])
        assert.deepEqual([host.seen(1, 1), host.seen(2, 1)], ["0000ff", "00ff00"])
    })

    it("goes on with a window after a pause of chip select and with RAMWRC, across transfers", () => {
        const host = started()
        host.draw(0, 0, 3, 1, [RED])
        host.data(GREEN >> 8)
        host.data(GREEN & 255)
        host.command(0x00)
        host.command(0x3c, BLUE >> 8, BLUE & 255)
        assert.deepEqual([host.seen(0, 0), host.seen(1, 0), host.seen(2, 0)], ["ff0000", "00ff00", "0000ff"])
        assert.deepEqual(host.kinds, [])
    })

    it("takes the commands of its maker with any parameters", () => {
        const host = started()
        host.command(0xc8, 0xff, 0x93, 0x42)
        host.command(0xb6, 8, 0x82, 0x1d, 4)
        assert.deepEqual(host.kinds, [])
    })

    it("swaps red and blue if the BGR bit is not that of the glass", () => {
        for (const [subpixels, madctl, expected] of [
            ["RGB", 0, "ff0000"],
            ["RGB", 8, "0000ff"],
            ["BGR", 0, "0000ff"],
            ["BGR", 8, "ff0000"],
        ] as const) {
            const host = started({ subpixels }, madctl)
            host.draw(0, 0, 1, 1, [RED])
            assert.equal(host.seen(0, 0), expected, `${subpixels} ${madctl}`)
        }
    })

    it("shows the negative if INVON is not what the glass needs, and INVOFF takes it back", () => {
        for (const inverts of [false, true]) {
            const host = started({ inverts })
            host.draw(0, 0, 1, 1, [RED])
            assert.equal(host.seen(0, 0), inverts ? "00ffff" : "ff0000")
            host.command(0x21)
            assert.equal(host.seen(0, 0), inverts ? "ff0000" : "00ffff")
            host.command(0x20)
            assert.equal(host.seen(0, 0), inverts ? "00ffff" : "ff0000")
        }
    })

    it("keeps the memory in a reset and loses it with the power", () => {
        const host = started()
        host.draw(0, 0, 1, 1, [RED])
        host.start()
        assert.equal(host.seen(0, 0), "ff0000")
        host.lcd.power(false, host.nowMs)
        host.lcd.power(true, host.nowMs)
        host.start()
        assert.notEqual(host.seen(0, 0), "ff0000")
        assert.deepEqual(host.kinds, [])
    })

    it("shows the same picture turned with the device", () => {
        const corners = (host: LcdHost) => {
            const { width, height } = host.lcd
            return [`${width}x${height}`, host.seen(0, 0), host.seen(width - 1, 0), host.seen(width - 1, height - 1)]
        }
        for (const [turned, expected] of [
            [0, ["4x3", "ff0000", "00ff00", "0000ff"]],
            [90, ["3x4", "ffffff", "ff0000", "00ff00"]],
            [180, ["4x3", "0000ff", "ffffff", "ff0000"]],
            [270, ["3x4", "00ff00", "0000ff", "ffffff"]],
        ] as const) {
            const host = started({ turned })
            host.draw(0, 0, 1, 1, [RED])
            host.draw(3, 0, 1, 1, [GREEN])
            host.draw(3, 2, 1, 1, [BLUE])
            host.draw(0, 2, 1, 1, [WHITE])
            assert.deepEqual(corners(host), expected, `${turned}`)
        }
    })
})

describe("an LCD controller names", () => {
    const kindsAfter = (act: (host: LcdHost) => void): string[] => {
        const host = started()
        act(host)
        return host.kinds
    }
    const cases: [fault: string, kind: string, act: (host: LcdHost) => void][] = [
        ["a window that ends before it begins", "window-reversed", host => host.command(0x2a, 0, 3, 0, 2)],
        ["columns beyond the memory", "window-outside", host => host.command(0x2a, 0, 0, 0, 6)],
        ["rows beyond the memory", "window-outside", host => host.command(0x2b, 0, 0, 1, 0)],
        ["more pixels than the window holds", "window-overrun", host => host.draw(0, 0, 2, 1, [RED, GREEN, BLUE])],
        ["a memory write without a window", "no-window", host => host.command(0x2c, 0, 0)],
        ["data after a command that takes none", "data-without-command", host => host.command(0x29, 1)],
        ["too many parameters", "too-many-parameters", host => host.command(0x2b, 0, 0, 0, 1, 2, 3)],
        ["a command that it does not have", "unknown-command", host => host.command(0x07)],
        ["a command whose effect is not modelled", "not-modelled", host => host.command(0x12)],
    ]
    for (const [fault, kind, act] of cases) it(fault, () => assert.deepEqual(kindsAfter(act), [kind]))

    it("pixels of 18 bits, and drops them", () => {
        const host = started()
        host.draw(0, 0, 1, 1, [RED])
        host.command(0x3a, 0x66)
        host.draw(0, 0, 1, 1, [BLUE])
        assert.deepEqual(host.kinds, ["pixel-format"])
        assert.equal(host.seen(0, 0), "ff0000")
    })

    it("a command within 5 ms of a software reset, or of sleep in", () => {
        for (const code of [0x01, 0x10]) {
            const host = started()
            host.wait(120)
            host.command(code)
            host.wait(4)
            host.command(0x29)
            assert.deepEqual(host.kinds, ["too-early"])
            host.wait(1)
            host.command(0x29)
            assert.deepEqual(host.kinds, ["too-early"])
        }
    })

    it("a command with too few parameters, when the next one comes", () => {
        const kinds = kindsAfter(host => {
            host.command(0x2a, 0, 0, 0)
            assert.deepEqual(host.kinds, [])
            host.command(0x00)
        })
        assert.deepEqual(kinds, ["too-few-parameters"])
    })

    it("half a pixel, when the next command comes", () => {
        const kinds = kindsAfter(host => {
            host.draw(0, 0, 2, 1, [RED])
            host.data(1)
            assert.deepEqual(host.kinds, [])
            host.command(0x00)
        })
        assert.deepEqual(kinds, ["half-pixel"])
    })

    it("a window that was set for the other orientation", () => {
        const kinds = kindsAfter(host => {
            host.draw(0, 0, 1, 1, [RED])
            host.command(0x36, 0x20)
            host.command(0x2c, 0, 0)
        })
        assert.deepEqual(kinds, ["no-window"])
    })

    it("bytes while chip select is high, and ignores them", () => {
        const host = started()
        host.lcd.dataMode(false)
        host.lcd.transfer(Uint8Array.of(0x28), host.nowMs)
        assert.deepEqual(host.kinds, ["not-selected"])
        host.draw(0, 0, 1, 1, [RED])
        assert.equal(host.seen(0, 0), "ff0000")
    })

    it("commands before the first reset, during it, and without power", () => {
        const host = newHost()
        host.command(0x00)
        host.lcd.reset(true, 0)
        host.command(0x00)
        host.lcd.power(false, 0)
        host.command(0x00)
        assert.deepEqual(host.kinds, ["no-reset", "in-reset", "no-power"])
    })

    it("a command within 5 ms of the reset, and SLPOUT within 120 ms of a reset while awake", () => {
        const host = newHost()
        const pulse = () => {
            host.lcd.reset(true, host.nowMs)
            host.wait(1)
            host.lcd.reset(false, host.nowMs)
        }
        pulse()
        host.wait(4)
        host.command(0x00)
        host.wait(1)
        host.command(0x11)
        assert.deepEqual(host.kinds, ["too-early"])
        host.wait(5)
        pulse()
        host.wait(119)
        host.command(0x11)
        assert.deepEqual(host.lcd.problems.at(-1), {
            kind: "too-early",
            detail: "ILI9342C: 0x11 1 ms too early: it is lost",
            atMs: host.nowMs,
        })
        host.wait(1)
        host.command(0x11)
        assert.equal(host.kinds.length, 2)
    })

    it("SLPIN within 120 ms of SLPOUT, and SLPOUT within 120 ms of SLPIN", () => {
        const host = newHost()
        host.lcd.reset(true, 0)
        host.lcd.reset(false, 0)
        host.wait(5)
        host.command(0x11)
        host.wait(119)
        host.command(0x10)
        host.wait(1)
        host.command(0x10)
        host.wait(119)
        host.command(0x11)
        host.wait(1)
        host.command(0x11)
        assert.deepEqual(host.kinds, ["too-early", "too-early"])
    })

    it("no fault in pixels that are written while it sleeps: the memory works then", () => {
        const host = newHost()
        host.lcd.reset(true, 0)
        host.lcd.reset(false, 0)
        host.wait(5)
        host.command(0x3a, 0x55)
        host.draw(0, 0, 1, 1, [RED])
        host.command(0x11)
        host.wait(5)
        host.command(0x29)
        assert.equal(host.seen(0, 0), "ff0000")
        assert.deepEqual(host.kinds, [])
    })
})
