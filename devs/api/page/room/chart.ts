/** The chart of a room's CO2, with its limits. */

import uPlot from "uplot"
import { type Co2Limits, markOf } from "../../site/site.ts"
import { clockText } from "../shared/format.ts"
import { drawGaps, drawSymbols } from "./mark-drawing.ts"
import type { Mark } from "./marks.ts"
import { selectByTouch } from "./touch-selection.ts"

export interface ChartData {
    from: number
    to: number
    columns: [number[], (number | null)[]]
    limits: Co2Limits
    timeZone: string
    language: string
    /** "CO₂" */
    label: string
    marks: Mark[]
}

export interface ChartEvents {
    /** time and value at the pointer; null: it has left */
    onPoint(time: number | null, value: number | null): void
    onSelect(from: number, to: number): void
}

const HEIGHT_PX = 280
/** Outdoor air has about 420 ppm. */
const BOTTOM_PPM = 400
/** Room of a label of the time axis, px. */
const LABEL_PX = 64
/** Ranges longer than this, s, have a label a day at most, and no hours. */
const DAILY_FROM_S = 3 * 86_400
const dayIncrements = [1, 2, 7, 14, 30, 60].map(days => days * 86_400)
/** A shorter drag is a click, px. */
const MIN_DRAG_PX = 8

export function drawChart(element: HTMLElement, data: ChartData, { onPoint, onSelect }: ChartEvents): uPlot {
    const { from, to, columns, limits, timeZone, language, marks } = data
    const known = columns[1].filter(value => value !== null)
    const low = Math.min(BOTTOM_PPM, ...known)
    const high = Math.max(limits.poorPpm * 1.1, ...known.map(value => value * 1.05))
    const numbers = new Intl.NumberFormat(language)
    element.replaceChildren()
    const plot = new uPlot(
        {
            width: element.clientWidth,
            height: HEIGHT_PX,
            legend: { show: false },
            tzDate: seconds => uPlot.tzDate(new Date(seconds * 1000), timeZone),
            cursor: { y: false, drag: { x: true, y: false, setScale: false } },
            scales: { x: { range: () => [from, to] }, y: { range: () => [low, high] } },
            series: [{}, { stroke: color("--accent"), width: 2, points: { show: false }, label: data.label }],
            axes: [
                axis({
                    space: LABEL_PX,
                    size: 36,
                    ...(to - from > DAILY_FROM_S && { incrs: dayIncrements }),
                    values: (_plot, splits) => splits.map(split => timeLabel(split, to - from, data)),
                }),
                axis({ size: 56, values: (_plot, splits) => splits.map(split => numbers.format(split)) }),
            ],
            hooks: {
                drawClear: [plot => drawGaps(plot, marks, color("--rule")), plot => drawLimits(plot, limits)],
                draw: [plot => drawSymbols(plot, marks, color("--ink"))],
                setCursor: [({ cursor: { idx } }) => onPoint(at(columns[0], idx), at(columns[1], idx))],
                setSelect: [
                    plot => {
                        const { left, width } = plot.select
                        if (width >= MIN_DRAG_PX) onSelect(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"))
                    },
                ],
            },
        },
        columns as uPlot.AlignedData,
        element,
    )
    selectByTouch(plot)
    return plot
}

function at<Value>(values: (Value | null)[], index: number | null | undefined): Value | null {
    return index == null ? null : (values[index] ?? null)
}

function axis(more: uPlot.Axis): uPlot.Axis {
    return {
        stroke: color("--quiet"),
        font: "13px system-ui, sans-serif",
        grid: { stroke: color("--rule"), width: 1 },
        ticks: { show: false },
        ...more,
    }
}

/** A line where the air becomes fair and one where it becomes poor, and a thin one for the aim of lessons. */
function drawLimits({ ctx, bbox, valToPos }: uPlot, limits: Co2Limits): void {
    for (const [ppm, name, width, dash] of [
        [limits.fairPpm, "--fair-line", 2, [8, 6]],
        [markOf(limits), "--quiet", 1, []],
        [limits.poorPpm, "--alarm", 2, [2, 4]],
    ] as const) {
        if (ppm === null) continue
        const y = valToPos(ppm, "y", true)
        ctx.save()
        ctx.strokeStyle = color(name)
        ctx.lineWidth = width * devicePixelRatio
        ctx.setLineDash(dash.map(length => length * devicePixelRatio))
        ctx.beginPath()
        ctx.moveTo(bbox.left, y)
        ctx.lineTo(bbox.left + bbox.width, y)
        ctx.stroke()
        ctx.restore()
    }
}

/** Hours within a day or two, days beyond. */
function timeLabel(seconds: number, rangeS: number, { language, timeZone }: ChartData): string {
    const format = (options: Intl.DateTimeFormatOptions) =>
        new Intl.DateTimeFormat(language, { timeZone, ...options }).format(seconds * 1000)
    const time = clockText(seconds, { language, timeZone })
    const midnight = clockText(0, { language, timeZone: "UTC" })
    return rangeS > DAILY_FROM_S || time === midnight ? format({ day: "numeric", month: "short" }) : time
}

/** `light-dark()` as the colour that is shown: a canvas knows no variables. */
function color(name: string): string {
    const probe = document.createElement("i")
    probe.style.color = `var(${name})`
    document.body.append(probe)
    const shown = getComputedStyle(probe).color
    probe.remove()
    return shown
}
