import assert from "node:assert/strict"
import fc from "fast-check"
import { DcsController } from "../../../devs/sim/panel/dcs-controller.ts"
import { ILI9342C } from "../../../devs/sim/panel/ili9342c.ts"
import { LcdHost } from "./lcd-host.ts"

const COLUMNS = 3
const ROWS = 2

function newHost(columns: number, rows: number): LcdHost {
    const glass = { firstColumn: 0, firstRow: 0, columns, rows, subpixels: "RGB", inverts: false, turned: 0 } as const
    return new LcdHost(new DcsController({ ...ILI9342C, columns, rows }, glass))
}

/** MADCTL, and where the first six pixels of a full window end up on the glass: its two rows. */
const orders: [madctl: number, upper: string, lower: string][] = [
    [0x00, "123", "456"],
    [0x40, "321", "654"],
    [0x80, "456", "123"],
    [0xc0, "654", "321"],
    [0x20, "135", "246"],
    [0x60, "531", "642"],
    [0xa0, "246", "135"],
    [0xe0, "642", "531"],
]

describe("the eight orders of MADCTL", () => {
    for (const [madctl, upper, lower] of orders)
        it(`0x${madctl.toString(16)}: pixels 1 to 6 are seen as ${upper} above ${lower}`, () => {
            const host = newHost(COLUMNS, ROWS)
            host.start(madctl)
            const exchanged = (madctl & 0x20) !== 0
            // Level n of blue, 5 bits, is seen as 8n.
            host.draw(0, 0, exchanged ? ROWS : COLUMNS, exchanged ? COLUMNS : ROWS, [1, 2, 3, 4, 5, 6])
            const row = (y: number) => [0, 1, 2].map(x => Number.parseInt(host.seen(x, y), 16) >> 3).join("")
            assert.deepEqual([row(0), row(1)], [upper, lower])
            assert.deepEqual(host.lcd.problems, [])
        })

    it("leave what is written already where it is", () => {
        const host = newHost(COLUMNS, ROWS)
        host.start()
        host.draw(0, 0, 1, 1, [0xffff])
        host.command(0x36, 0xe0)
        assert.equal(host.seen(0, 0), "ffffff")
    })

    it("show the same picture if the host computes its addresses by the order", () => {
        const column = fc.integer({ min: 0, max: 30 })
        const window = fc.tuple(column, column, column, column).map(([a, b, c, d]) => {
            const [left, right] = [Math.min(a, b), Math.max(a, b)]
            const [top, bottom] = [Math.min(c, d), Math.max(c, d)]
            return { left, top, width: right - left + 1, height: bottom - top + 1 }
        })
        const color = (x: number, y: number) => (x * 2003 + y * 977) & 0xffff
        fc.assert(
            fc.property(window, fc.constantFrom(...orders.map(([madctl]) => madctl)), (picture, madctl) => {
                const { left, top, width, height } = picture
                const straight = newHost(32, 31)
                straight.start()
                straight.draw(left, top, width, height, pixelsOf(width, height, color))
                const other = newHost(32, 31)
                other.start(madctl)
                const mirrorsX = (madctl & 0x40) !== 0
                const mirrorsY = (madctl & 0x80) !== 0
                const x = mirrorsX ? 32 - left - width : left
                const y = mirrorsY ? 31 - top - height : top
                const wanted = (i: number, j: number) =>
                    color(mirrorsX ? width - 1 - i : i, mirrorsY ? height - 1 - j : j)
                if (madctl & 0x20)
                    other.draw(
                        y,
                        x,
                        height,
                        width,
                        pixelsOf(height, width, (j, i) => wanted(i, j)),
                    )
                else other.draw(x, y, width, height, pixelsOf(width, height, wanted))
                assert.deepEqual(other.lcd.pixels(), straight.lcd.pixels())
                assert.deepEqual(other.lcd.problems, [])
            }),
            { numRuns: 60 },
        )
    })
})

function pixelsOf(width: number, height: number, color: (x: number, y: number) => number): number[] {
    return Array.from({ length: width * height }, (_, at) => color(at % width, Math.floor(at / width)))
}
