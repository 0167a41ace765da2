/**
 * Skeletons of glyphs: the lines that the middle of the pen follows, and how they are fitted to the pixels of a face.
 *
 * A path is a list of commands, in units of which a capital is 14 high and a small letter 10; y goes up, the baseline is 0:
 *
 *     M x y            lifts the pen and sets it down at x, y
 *     L x y, H x, V y  draws a straight line: to a point, horizontal, vertical
 *     U x y            draws a quarter of an oval that leaves upright (up or down) and arrives level
 *     R x y            draws a quarter of an oval that leaves level (to the left or right) and arrives upright
 *     C x y x y x y    draws a cubic curve
 *     O x y x y        draws an oval between two corners
 *     D x y            sets a dot
 */

export interface Point {
    x: number
    y: number
}

/** What the pen draws without being lifted, px. */
export interface Stroke {
    points: Point[]
    /** of the pen */
    width: number
}

/** Maps the units of a path to px, y down. */
export interface Fit {
    x(units: number): number
    y(units: number): number
    /** width of the pen and of a dot, px */
    pen: number
    dot: number
}

/** How far a quarter's control points are from its ends: 0.552 makes an ellipse, more makes it squarer. */
const ROUNDNESS = 0.6
const CURVE_STEPS = 24

/** Units that one command takes. */
const ARGUMENTS: Record<string, number> = { M: 2, L: 2, H: 1, V: 1, U: 2, R: 2, C: 6, O: 4, D: 2 }

/**
 * The strokes of a path, px.
 *
 * @throws SyntaxError for a command that is not in the list
 */
export function strokesOf(path: string, fit: Fit): Stroke[] {
    const pen = new Pen(fit)
    for (const { command, numbers } of commandsOf(path)) pen.draw(command, numbers)
    return pen.strokes
}

function commandsOf(path: string): { command: string; numbers: number[] }[] {
    return [...path.matchAll(/([A-Z])([^A-Z]*)/g)].map(([text, command = "", rest = ""]) => {
        const numbers = (rest.match(/-?[\d.]+/g) ?? []).map(Number)
        if (numbers.length !== ARGUMENTS[command]) throw new SyntaxError(`"${text}" in the path ${path}`)
        return { command, numbers }
    })
}

class Pen {
    readonly strokes: Stroke[] = []
    readonly #fit: Fit
    /** where the pen is, in units */
    #at: Point = { x: 0, y: 0 }

    constructor(fit: Fit) {
        this.#fit = fit
    }

    draw(command: string, [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0]: number[]): void {
        switch (command) {
            case "M":
                this.#lift({ x: a, y: b })
                break
            case "L":
                this.#line({ x: a, y: b }, false, false)
                break
            case "H":
                this.#line({ x: a, y: this.#at.y }, false, true)
                break
            case "V":
                this.#line({ x: this.#at.x, y: a }, true, false)
                break
            case "U":
                this.#quarter({ x: a, y: b }, true)
                break
            case "R":
                this.#quarter({ x: a, y: b }, false)
                break
            case "C":
                this.#curve([
                    this.#place(this.#at),
                    ...[
                        { x: a, y: b },
                        { x: c, y: d },
                        { x: e, y: f },
                    ].map(p => this.#place(p)),
                ])
                this.#at = { x: e, y: f }
                break
            case "O":
                this.#oval(a, b, c, d)
                break
            case "D":
                this.#dot({ x: a, y: b })
        }
    }

    #dot(at: Point): void {
        const { x, y } = this.#place(at)
        const { dot } = this.#fit
        const pixels = Math.round(dot)
        this.strokes.push({ points: [{ x: snapped(x, pixels), y: snapped(y, pixels) }], width: dot })
    }

    #lift(at: Point): void {
        this.#at = at
        this.strokes.push({ points: [], width: this.#fit.pen })
    }

    #line(to: Point, snapX: boolean, snapY: boolean): void {
        this.#add(this.#place(this.#at, snapX, snapY), this.#place(to, snapX, snapY))
        this.#at = to
    }

    #quarter(to: Point, leavesUpright: boolean): void {
        const start = this.#place(this.#at, leavesUpright, !leavesUpright)
        const end = this.#place(to, !leavesUpright, leavesUpright)
        const controls = leavesUpright
            ? [
                  { x: start.x, y: start.y + ROUNDNESS * (end.y - start.y) },
                  { x: end.x - ROUNDNESS * (end.x - start.x), y: end.y },
              ]
            : [
                  { x: start.x + ROUNDNESS * (end.x - start.x), y: start.y },
                  { x: end.x, y: end.y - ROUNDNESS * (end.y - start.y) },
              ]
        this.#curve([start, ...controls, end])
        this.#at = to
    }

    #oval(left: number, bottom: number, right: number, top: number): void {
        const middle = { x: (left + right) / 2, y: (bottom + top) / 2 }
        this.#lift({ x: left, y: middle.y })
        this.#quarter({ x: middle.x, y: top }, true)
        this.#quarter({ x: right, y: middle.y }, false)
        this.#quarter({ x: middle.x, y: bottom }, true)
        this.#quarter({ x: left, y: middle.y }, false)
    }

    #curve([from, first, second, to]: (Point | undefined)[]): void {
        if (!from || !first || !second || !to) return
        for (let step = 0; step <= CURVE_STEPS; step++) {
            const t = step / CURVE_STEPS
            const u = 1 - t
            const blend = (p: number, q: number, r: number, s: number) =>
                u * u * u * p + 3 * u * u * t * q + 3 * u * t * t * r + t * t * t * s
            this.#add({ x: blend(from.x, first.x, second.x, to.x), y: blend(from.y, first.y, second.y, to.y) })
        }
    }

    #add(...points: Point[]): void {
        if (this.strokes.length === 0) this.#lift(this.#at)
        this.strokes.at(-1)?.points.push(...points)
    }

    /** A point of the path, px. Where the pen runs along an axis, one of its sides is put on a border between pixels. */
    #place(point: Point, snapX = false, snapY = false): Point {
        const x = this.#fit.x(point.x)
        const y = this.#fit.y(point.y)
        return { x: snapX ? snapped(x, this.#fit.pen) : x, y: snapY ? snapped(y, this.#fit.pen) : y }
    }
}

/** The nearest place for the middle of the pen at which one of its sides lies between two pixels. */
function snapped(middle: number, pen: number): number {
    const half = pen / 2
    const lower = Math.round(middle - half) + half
    const upper = Math.round(middle + half) - half
    return Math.abs(lower - middle) <= Math.abs(upper - middle) ? lower : upper
}
