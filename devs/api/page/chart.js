/* global uPlot */
import { ELEVATED_PPM, UNACCEPTABLE_PPM } from "./co2-level.js"
import { summaryText } from "./day.js"

/** Readings further apart than this multiple of the median distance are not joined by a line. */
const GAP_FACTOR = 4

/** Outdoor air has about 420 ppm: the lower end of the axis. */
const CO2_BOTTOM_PPM = 400

/** Space for the labels left of, right of and below a chart; equal in both charts, so that their hours line up. */
const LEFT_PX = 40
const RIGHT_PX = 40
const BELOW_PX = 28

/** Steps of the climate axes: whole numbers only, because longer labels do not fit. */
const WHOLE_STEPS = [1, 2, 5, 10, 20, 50]

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
const calendarDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" })

/**
 * Draws CO2 over the day, with the bands of the levels behind it.
 *
 * @param {HTMLElement} figure with .title, .readout and .chart
 * @param {{name: string, label: string}} quantity co2Ppm, or eco2Ppm instead
 * @returns {uPlot}
 */
export function drawCo2(figure, day, quantity, syncKey) {
    const [times, values] = withGaps(day.readings, [quantity.name])
    const top = Math.max(ELEVATED_PPM * 1.15, ...values.map(value => value * 1.06))
    figure.querySelector(".title").textContent = `${quantity.label}, last 24 hours`
    return draw(figure, day, [times, values], {
        height: 200,
        padding: [8, RIGHT_PX, 0, 0],
        syncKey,
        scales: { y: { range: () => [Math.min(CO2_BOTTOM_PPM, ...values.filter(value => value !== null)), top] } },
        series: [line("--line", { fill: color("--area"), label: quantity.label, unit: "ppm" })],
        axes: [axis({ scale: "y", size: LEFT_PX, space: 34, values: labels("") })],
        hooks: { drawClear: [fillBands], draw: [nameBands] },
    })
}

/** Draws temperature (left) and humidity (right) over the day. */
export function drawClimate(figure, day, syncKey) {
    const data = withGaps(day.readings, ["temperatureC", "humidityRh"])
    return draw(figure, day, data, {
        height: 140,
        padding: [8, 0, 0, 0],
        syncKey,
        scales: { temperature: { range: atLeast(4) }, humidity: { range: atLeast(10) } },
        series: [
            line("--temperature", { scale: "temperature", label: "Temperature", unit: "°C" }),
            line("--humidity", { scale: "humidity", label: "Humidity", unit: "%", dash: [6, 4] }),
        ],
        axes: [
            axis({ scale: "temperature", size: LEFT_PX, space: 26, incrs: WHOLE_STEPS, values: labels("°") }),
            axis({
                scale: "humidity",
                size: RIGHT_PX,
                space: 26,
                incrs: WHOLE_STEPS,
                side: 1,
                grid: { show: false },
                values: labels("%"),
            }),
        ],
    })
}

function draw(figure, day, data, { height, padding, syncKey, scales, series, axes, hooks = {} }) {
    const chart = figure.querySelector(".chart")
    const options = {
        width: chart.clientWidth,
        height,
        padding,
        legend: { show: false },
        cursor: { sync: { key: syncKey }, y: false, drag: { x: false, y: false }, points: { size: 7 } },
        scales: { x: { range: () => [day.from, day.to] }, ...scales },
        series: [{}, ...series],
        axes: [axis({ size: BELOW_PX, space: 64, values: (_plot, splits) => splits.map(timeLabel) }), ...axes],
        hooks: { ...hooks, setCursor: [plot => readOut(figure, plot)] },
    }
    chart.ariaLabel = series.map(({ label, unit }, index) => summaryText(label, unit, data[index + 1])).join(" ")
    chart.replaceChildren()
    return new uPlot(options, data, chart)
}

/** The rows as columns, with a null between two rows that are too far apart to be joined. */
function withGaps(rows, names) {
    const longest = GAP_FACTOR * medianDistance(rows)
    const columns = [[], ...names.map(() => [])]
    rows.forEach((row, index) => {
        const before = rows[index - 1]
        if (before && row.time - before.time > longest)
            push(
                columns,
                before.time + 1,
                names.map(() => null),
            )
        push(
            columns,
            row.time,
            names.map(name => row[name]),
        )
    })
    return columns
}

function push(columns, time, values) {
    columns[0].push(time)
    values.forEach((value, index) => columns[index + 1].push(value))
}

function medianDistance(rows) {
    const distances = rows
        .slice(1)
        .map((row, index) => row.time - rows[index].time)
        .sort((a, b) => a - b)
    return distances[Math.floor(distances.length / 2)] ?? 0
}

function line(colorName, more) {
    return { scale: "y", stroke: color(colorName), width: 2, points: { show: false }, ...more }
}

function axis(more) {
    const thin = { stroke: color("--rule"), width: 1 }
    return {
        stroke: color("--quiet"),
        font: "12px system-ui, sans-serif",
        grid: thin,
        ticks: { show: false },
        gap: 6,
        ...more,
    }
}

/** Axis labels with their unit and without thousands separators, like the other values of the page. */
function labels(unit) {
    return (_plot, splits) => splits.map(split => `${split}${unit}`)
}

/** A range around the data that spans at least `least`, so that small changes look small. */
function atLeast(least) {
    return (_plot, low, high) => {
        const pad = Math.max((high - low) * 0.1, (least - (high - low)) / 2)
        return [low - pad, high + pad]
    }
}

/** Fills the two higher levels, each from its lower end up, behind the line. */
function fillBands(plot) {
    fillAbove(plot, ELEVATED_PPM, "elevated")
    fillAbove(plot, UNACCEPTABLE_PPM, "unacceptable")
}

function fillAbove({ ctx, bbox, scales, valToPos }, ppm, name) {
    if (scales.y.max <= ppm) return
    ctx.fillStyle = color(`--${name}-tint`)
    ctx.fillRect(bbox.left, bbox.top, bbox.width, valToPos(ppm, "y", true) - bbox.top)
}

function nameBands(plot) {
    nameAbove(plot, ELEVATED_PPM, "elevated")
    nameAbove(plot, UNACCEPTABLE_PPM, "unacceptable")
}

function nameAbove({ ctx, bbox, scales, valToPos }, ppm, name) {
    if (scales.y.max <= ppm) return
    ctx.fillStyle = color(`--${name}`)
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`
    ctx.textAlign = "left"
    ctx.textBaseline = "bottom"
    ctx.fillText(name, bbox.left + 6 * devicePixelRatio, valToPos(ppm, "y", true) - 3 * devicePixelRatio)
}

/** Shows time and values at the pointer next to the title. */
function readOut(figure, plot) {
    const { idx } = plot.cursor
    const readout = figure.querySelector(".readout")
    if (idx === null || idx === undefined) readout.textContent = ""
    else readout.textContent = [clock.format(plot.data[0][idx] * 1000), ...readings(plot, idx)].join("  ")
}

function readings(plot, idx) {
    return plot.series.slice(1).map(({ unit }, index) => `${plot.data[index + 1][idx] ?? "–"} ${unit}`)
}

/** The time of day; at midnight the date. */
function timeLabel(time) {
    const text = clock.format(time * 1000)
    return text === "00:00" ? calendarDay.format(time * 1000) : text
}

function color(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name)
}
