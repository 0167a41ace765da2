import assert from "node:assert/strict"
import { listBoards, readBoard } from "../../devs/image/boards.ts"
import { lying, shapes } from "../../devs/panel-page/page/shapes.js"
import { VirtualPanel } from "../../devs/sim/panel/virtual-panel.ts"

interface Box {
    x: number
    y: number
    width: number
    height: number
}
const MM_PER_INCH = 25.4
/** Makers round to hundredths of an inch, or to a tenth. */
const MAX_DIFFERENCE = 0.01
/** Sockets and keys on a side stick out, mm. */
const MAX_OUTSIDE_MM = 3

/** Diagonal as the makers' pages give it, inches. */
const screenInches: Record<string, number> = {
    m5stack_core: 2,
    m5stack_fire: 2,
    m5stack_core2: 2,
    m5stack_cores3: 2,
    m5stick_c_plus: 1.14,
}

describe("the shape of", () => {
    before(async () => {
        assert.deepEqual(Object.keys(shapes).sort(), (await listBoards()).sort())
    })

    for (const [id, shape] of Object.entries(shapes))
        it(`${id} has what the board has, within its body and at its size`, async () => {
            const { screen, light, buttons } = new VirtualPanel(await readBoard(id))
            assert.deepEqual([Boolean(shape.screen), Boolean(shape.light)], [Boolean(screen), Boolean(light)])
            assert.deepEqual(shape.buttons.map(({ pin }) => pin).sort(), [...buttons].sort())
            for (const drawn of [shape, lying(shape)]) {
                const { width, height, screen: glass } = drawn
                if (glass) assert.ok(isWithin(glass, { x: 0, y: 0, width, height }), "screen")
                const around = grown({ x: 0, y: 0, width, height }, MAX_OUTSIDE_MM)
                for (const box of [...drawn.parts, ...drawn.buttons]) assert.ok(isWithin(box, around))
                for (const button of drawn.buttons) assert.ok(!glass || !overlap(button, glass), button.name)
            }
            if (!screen || !shape.screen) return
            const inches = Math.hypot(shape.screen.width, shape.screen.height) / MM_PER_INCH
            const published = screenInches[id] ?? assert.fail(`no size known of ${id}`)
            assert.ok(Math.abs(inches / published - 1) < MAX_DIFFERENCE, `${inches.toFixed(3)} inches`)
        })

    it("a touch screen without circles differs from one with them", () => {
        assert.notDeepEqual(shapes.m5stack_core2, shapes.m5stack_cores3)
    })
})

const grown = ({ x, y, width, height }: Box, mm: number): Box => ({
    x: x - mm,
    y: y - mm,
    width: width + 2 * mm,
    height: height + 2 * mm,
})

const isWithin = (inner: Box, outer: Box): boolean =>
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height

const overlap = (a: Box, b: Box): boolean =>
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
