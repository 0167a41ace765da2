/** Charts of CO2: the last hour as a curve, the last day as bars. */
import { HEADING } from "../font/heading"
import { TEXT } from "../font/text"
import {
    co2At,
    MINUTE_MEANS,
    MINUTES,
    periodNow,
    QUARTER_MAXIMA,
    QUARTER_MEANS,
    QUARTER_MIN,
    QUARTERS,
} from "./air-history"
import { label, paint, put, rect, tileWidth, tileX } from "./canvas"
import { BLACK, DIM, WHITE } from "./colors"
import { DAY_HEIGHT, DAY_MARGIN, HOUR_HEIGHT, Place, place } from "./layout"
import { levelOf, state, timeText, twoDigits } from "./screen-state"
import { say } from "./words"

/** Colours of the charts, by their number; those of the levels, and paler ones. */
const GRID = 1
const EDGE = 2
const FILLED = 3
const PALE = 6
const COLORS = hex`
000000 48525c ffffff 00967e ffc000 e02838 00483c 705400 681820
000000 000000 000000 000000 000000 000000 000000`

/** The scale's ends are multiples of this. */
const STEP_PPM = 200
const LOW_PPM = 400
const PX_PER_PERIOD = 3
/** Quarters of an hour between two labels of the day. */
const LABEL_QUARTERS = 24

/** Scale of the chart: ppm and px. */
let low: number
let high: number
let height: number

/** Sets the scale so that it holds all values. @returns how long ago the highest was */
function setScale(index: number, length: number, chartHeight: number): number {
    low = LOW_PPM
    high = 2 * LOW_PPM
    height = chartHeight
    let highestAgo = 0
    for (let i = 0; i < length; i++) {
        const ppm = co2At(index, i)
        if (ppm > co2At(index, highestAgo)) highestAgo = i
        if (ppm > 0) low = Math.min(low, Math.floor(ppm / STEP_PPM) * STEP_PPM)
        high = Math.max(high, Math.ceil((ppm + 1) / STEP_PPM) * STEP_PPM)
    }
    return highestAgo
}

function yOf(ppm: number): number {
    return height - Math.round(((ppm - low) * height) / (high - low))
}

function drawThresholds(left: number, width: number) {
    const { fairPpm, poorPpm } = state.sources.config
    rect(left, yOf(fairPpm), width, 1, GRID)
    rect(left, yOf(poorPpm), width, 1, GRID)
}

export async function drawHour(): Promise<void> {
    setScale(MINUTE_MEANS, MINUTES, HOUR_HEIGHT)
    place(Place.scale)
    await label(TEXT, `${high}\n\n${low}`, -1, 0, BLACK, DIM)
    place(Place.hour)
    await paint(`${periodNow(MINUTE_MEANS)} ${high} ${co2At(MINUTE_MEANS, 0) > 0}`, 0, 0, drawCurve, COLORS)
}

function drawCurve() {
    drawThresholds(0, MINUTES * PX_PER_PERIOD)
    for (let x = tileX; x < tileX + tileWidth; x++) {
        const ago = MINUTES - 1 - Math.floor(x / PX_PER_PERIOD)
        const from = co2At(MINUTE_MEANS, ago)
        if (from === 0) continue
        const to = co2At(MINUTE_MEANS, ago - 1)
        const ppm = to === 0 ? from : from + ((to - from) * (x % PX_PER_PERIOD)) / PX_PER_PERIOD
        rect(x, yOf(ppm), 1, height, FILLED + levelOf(ppm))
        rect(x, yOf(ppm), 1, 2, EDGE)
    }
}

export async function drawDay(): Promise<void> {
    const highestAgo = setScale(QUARTER_MAXIMA, QUARTERS, DAY_HEIGHT)
    place(Place.title)
    await label(HEADING, say("Last 24 hours", "Letzte 24 Stunden"), 10, 3, BLACK, WHITE)
    place(Place.dayScale)
    await label(TEXT, `${highestText(highestAgo)}\n${high} ppm`, DAY_MARGIN, 4, BLACK, DIM)
    const key = `${periodNow(QUARTER_MEANS)} ${high} ${co2At(QUARTER_MEANS, 0) > 0} ${localQuarter()}`
    place(Place.day)
    await paint(key, 0, 0, drawBars, COLORS)
    place(Place.dayHours)
    await paint(key, BLACK, DIM, drawHours)
}

function highestText(quartersAgo: number): string {
    const ppm = co2At(QUARTER_MAXIMA, quartersAgo)
    if (ppm === 0) return say("No values yet", "Noch keine Werte")
    const time = timeText(quartersAgo * QUARTER_MIN)
    const text = say("Highest", "Höchstwert") + ` ${ppm} ppm`
    return time === undefined ? text : text + say(" about ", " gegen ") + time
}

/** Quarter of an hour of local time; NaN while the time is unknown. */
function localQuarter(): number {
    return Math.floor(state.localMin() / QUARTER_MIN)
}

function drawBars() {
    drawThresholds(DAY_MARGIN, QUARTERS * PX_PER_PERIOD)
    for (let i = 0; i < QUARTERS; i++) {
        const x = DAY_MARGIN + i * PX_PER_PERIOD
        if (x < tileX - PX_PER_PERIOD || x >= tileX + tileWidth) continue
        drawBar(x, co2At(QUARTER_MAXIMA, QUARTERS - 1 - i), PALE)
        drawBar(x, co2At(QUARTER_MEANS, QUARTERS - 1 - i), FILLED)
    }
    rect(DAY_MARGIN, height - 1, QUARTERS * PX_PER_PERIOD, 1, GRID)
}

function drawBar(x: number, ppm: number, color: number) {
    if (ppm > 0) rect(x, yOf(ppm), PX_PER_PERIOD - 1, height, color + levelOf(ppm))
}

/** The hours of local time; while it is unknown, hours before now. */
function drawHours() {
    const now = localQuarter()
    const known = now >= 0
    for (let i = 0; i < QUARTERS; i++) {
        const quarter = known ? now + i + 1 : i
        if (quarter % LABEL_QUARTERS !== 0) continue
        const x = DAY_MARGIN + i * PX_PER_PERIOD
        const hour = (quarter / 4) % 24
        rect(x, 0, 1, 4, 15)
        put(TEXT, known ? twoDigits(hour) : `−${24 - hour} h`, x + 3, 2)
    }
}
