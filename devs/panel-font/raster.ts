/** Turns strokes into pixels of 16 levels. */
import type { Point, Stroke } from "./skeleton.ts"

/** Levels of ink, 0 (none) to 15, row by row from the top. */
export interface Bitmap {
    width: number
    height: number
    levels: Uint8Array
}

/** One step of drawing: later ones cover or erase earlier ones. */
export interface Layer {
    strokes: Stroke[]
    /** the area that each stroke encloses too */
    isFilled?: boolean
    erases?: boolean
}

export const MAX_LEVEL = 15
/** Samples per pixel along each axis. */
const SAMPLES = 16

/** @param layers px, y down from the top of the bitmap */
export function rasterise(width: number, height: number, layers: Layer[]): Bitmap {
    const levels = new Uint8Array(width * height)
    const samples = new Uint8Array(width * SAMPLES)
    for (let y = 0; y < height; y++) {
        const counts = new Uint16Array(width)
        for (let sample = 0; sample < SAMPLES; sample++) {
            samples.fill(0)
            for (const layer of layers) drawRow(samples, y + (sample + 0.5) / SAMPLES, layer)
            addCounts(counts, samples)
        }
        levels.set(
            counts.map(count => Math.round((MAX_LEVEL * count) / (SAMPLES * SAMPLES))),
            y * width,
        )
    }
    return { width, height, levels }
}

/** Adds the number of samples with ink of each pixel in a row. */
function addCounts(counts: Uint16Array, samples: Uint8Array): void {
    let from = samples.indexOf(1)
    while (from >= 0) {
        const end = samples.indexOf(0, from)
        const to = end < 0 ? samples.length : end
        for (let at = from; at < to; ) {
            const pixel = Math.floor(at / SAMPLES)
            const next = Math.min(to, (pixel + 1) * SAMPLES)
            counts[pixel] = (counts[pixel] ?? 0) + next - at
            at = next
        }
        from = end < 0 ? -1 : samples.indexOf(1, to)
    }
}

function drawRow(row: Uint8Array, y: number, layer: Layer): void {
    const value = layer.erases ? 0 : 1
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
