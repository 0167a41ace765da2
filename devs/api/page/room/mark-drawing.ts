/** Marks in the chart of a room: gaps as hatched bands behind the line, all others as symbols at its top. */
import type uPlot from "uplot"
import { type Mark, symbols } from "./marks.ts"

const SYMBOL_PX = 13
const HATCH_PX = 8
/** More of them hide the chart: then the symbols stand alone. */
const MAX_LINES = 12

export function drawGaps(plot: uPlot, marks: Mark[], color: string): void {
    const { ctx, bbox } = plot
    ctx.save()
    ctx.strokeStyle = color
    ctx.lineWidth = devicePixelRatio
    for (const gap of marks.filter(({ kind }) => kind === "gap")) {
        const [left, right] = [withinX(plot, gap.from), withinX(plot, gap.to)]
        ctx.save()
        ctx.beginPath()
        ctx.rect(left, bbox.top, Math.max(right - left, devicePixelRatio), bbox.height)
        ctx.clip()
        ctx.beginPath()
        for (let x = left - bbox.height; x < right; x += HATCH_PX * devicePixelRatio) {
            ctx.moveTo(x, bbox.top + bbox.height)
            ctx.lineTo(x + bbox.height, bbox.top)
        }
        ctx.stroke()
        ctx.restore()
    }
    ctx.restore()
}

/** The symbol of each mark, with a dotted line where they are few; an airing is marked where it begins. */
export function drawSymbols(plot: uPlot, marks: Mark[], color: string): void {
    const { ctx, bbox } = plot
    ctx.save()
    ctx.fillStyle = color
    ctx.strokeStyle = color
    ctx.lineWidth = devicePixelRatio
    ctx.setLineDash([2 * devicePixelRatio, 4 * devicePixelRatio])
    ctx.font = `${SYMBOL_PX * devicePixelRatio}px system-ui, sans-serif`
    ctx.textAlign = "center"
    ctx.textBaseline = "top"
    const points = marks.filter(({ kind }) => kind !== "gap")
    for (const { kind, from } of points) {
        const x = plot.valToPos(from, "x", true)
        if (x < bbox.left || x > bbox.left + bbox.width) continue
        ctx.fillText(symbols[kind], x, bbox.top)
        if (points.length > MAX_LINES) continue
        ctx.beginPath()
        ctx.moveTo(x, bbox.top + (SYMBOL_PX + 3) * devicePixelRatio)
        ctx.lineTo(x, bbox.top + bbox.height)
        ctx.stroke()
    }
    ctx.restore()
}

function withinX(plot: uPlot, time: number): number {
    const { left, width } = plot.bbox
    return Math.min(Math.max(plot.valToPos(time, "x", true), left), left + width)
}
