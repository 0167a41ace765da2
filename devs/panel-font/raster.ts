/** Turns strokes into pixels of 16 levels. */
import type { Point, Stroke } from "./skeleton.ts"

/** Levels of ink, 0 (none) to 15, row by row from the top. */
export interface Bitmap {
    width: number
    height: number
    levels: Uint8Array
}

/** One step of drawing, over those before it. */
export interface Layer {
    strokes: Stroke[]
    /** the area that each stroke encloses too */
    isFilled?: boolean
    /** of its ink, 15 if left out; 0 erases */
    level?: number | undefined
}

export const MAX_LEVEL = 15
/** Samples per pixel along each axis. */
const SAMPLES = 8

/** @param layers px, y down from the top of the bitmap */
export function rasterise(width: number, height: number, layers: Layer[]): Bitmap {
    const levels = new Uint8Array(width * height)
    const samples = new Uint8Array(width * SAMPLES)
    for (let y = 0; y < height; y++) {
        const sums = new Uint16Array(width)
        for (let sample = 0; sample < SAMPLES; sample++) {
            samples.fill(0)
            for (const layer of layers) drawRow(samples, y + (sample + 0.5) / SAMPLES, layer)
            addLevels(sums, samples)
        }
        levels.set(
            sums.map(sum => Math.round(sum / (SAMPLES * SAMPLES))),
            y * width,
        )
    }
    return { width, height, levels }
}

/** Adds the levels of a row of samples to those of their pixels. */
function addLevels(sums: Uint16Array, samples: Uint8Array): void {
    for (let x = 0; x < sums.length; x++) {
        let sum = sums[x] ?? 0
        for (let at = x * SAMPLES; at < (x + 1) * SAMPLES; at++) sum += samples[at] ?? 0
        sums[x] = sum
    }
}

function drawRow(row: Uint8Array, y: number, layer: Layer): void {
    const value = layer.level ?? MAX_LEVEL
    for (const { points, width } of layer.strokes) {
        const radius = width / 2
        for (const [index, point] of points.entries()) {
            const span = spanOfPen(points[index - 1] ?? point, point, radius, y)
            if (span) fillSpan(row, span, value)
        }
        if (layer.isFilled) for (const span of spansInside(points, y)) fillSpan(row, span, value)
    }
}

type Span = [from: number, to: number]

function fillSpan(row: Uint8Array, [from, to]: Span, value: number): void {
    // a sample counts if its middle is inside
    row.fill(value, Math.max(0, Math.round(from * SAMPLES)), Math.max(0, Math.round(to * SAMPLES)))
}

/** What a round pen covers of the line at `y` on its way from a to b. */
function spanOfPen(a: Point, b: Point, radius: number, y: number): Span | undefined {
    if (y < Math.min(a.y, b.y) - radius || y > Math.max(a.y, b.y) + radius) return undefined
    const ends = [...crossingsOfDisc(a, radius, y), ...crossingsOfDisc(b, radius, y)]
    const length = Math.hypot(b.x - a.x, b.y - a.y)
    if (length > 0) {
        const aside = { x: (-(b.y - a.y) * radius) / length, y: ((b.x - a.x) * radius) / length }
        for (const sign of [1, -1])
            ends.push(
                ...crossingOfLine(
                    { x: a.x + sign * aside.x, y: a.y + sign * aside.y },
                    { x: b.x + sign * aside.x, y: b.y + sign * aside.y },
                    y,
                ),
            )
    }
    return ends.length > 0 ? [Math.min(...ends), Math.max(...ends)] : undefined
}

function crossingsOfDisc({ x, y: middle }: Point, radius: number, y: number): number[] {
    const square = radius ** 2 - (y - middle) ** 2
    return square < 0 ? [] : [x - Math.sqrt(square), x + Math.sqrt(square)]
}

function crossingOfLine(a: Point, b: Point, y: number): number[] {
    return a.y === b.y || y < Math.min(a.y, b.y) || y > Math.max(a.y, b.y)
        ? []
        : [a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x)]
}

/** Even-odd rule. */
function spansInside(points: Point[], y: number): Span[] {
    const crossings = points
        .flatMap((b, index) => {
            const a = points.at(index - 1) ?? b
            return a.y <= y !== b.y <= y ? crossingOfLine(a, b, y) : []
        })
        .sort((a, b) => a - b)
    return crossings.flatMap((from, index): Span[] => (index % 2 === 0 ? [[from, crossings[index + 1] ?? from]] : []))
}

/** The part of a bitmap that has ink, and where it begins. */
export function trimmed({ width, levels }: Bitmap): { ink: Bitmap; column: number; row: number } {
    const inked = [...levels.keys()].filter(index => levels[index])
    const columns = inked.map(index => index % width)
    const rows = inked.map(index => Math.floor(index / width))
    if (inked.length === 0) return { ink: { width: 0, height: 0, levels: new Uint8Array() }, column: 0, row: 0 }
    const [column, row] = [Math.min(...columns), Math.min(...rows)]
    const ink = { width: Math.max(...columns) + 1 - column, height: Math.max(...rows) + 1 - row }
    const inside = new Uint8Array(ink.width * ink.height)
    for (let y = 0; y < ink.height; y++) {
        const from = (row + y) * width + column
        inside.set(levels.subarray(from, from + ink.width), y * ink.width)
    }
    return { ink: { ...ink, levels: inside }, column, row }
}
