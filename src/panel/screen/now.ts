/** The air now: one number and its level, temperature and humidity, and the last hour. */
import * as ds from "@devicescript/core"
import { DIGITS } from "../font/digits"
import { HEADING } from "../font/heading"
import { FALLING, GOOD, RISING, STEADY } from "../font/icons"
import { SIGNS } from "../font/signs"
import { TEXT } from "../font/text"
import { co2At, MINUTE_MEANS } from "./air-history"
import { label, paint, put, putGlyph } from "./canvas"
import { BLACK, DIM, inkOn, levelColor, OLD, WARNING, WHITE } from "./colors"
import { drawHour } from "./curves"
import { DIGIT_TOP, digitMargin, largestNumber, Place, place, placeDigit, placeUnit } from "./layout"
import { hasSensorProblem, levelOf, state, timeText, wayState } from "./screen-state"
import { estimateMark, levelWord, say, tenthsText, Way, wayText } from "./words"

/** A value of this age is not shown any more. */
const GONE_MIN = 10
/** The trend compares with this time ago; smaller changes are none. */
const TREND_MIN = 15
const TREND_PPM = 50
const MS_PER_MINUTE = 60 * 1000

/** What the area that is drawn now shows: text, a second text, an icon. */
let text: string
let unit: string
let sign: number
let left: number

/** Of the newest value: whether it is the present one, its level, and its age in minutes. */
let current: boolean
let level: number
let minutes: number
/** colours of the number's field */
export let fieldColor: number
let ink: number

export async function drawNow(): Promise<void> {
    await drawNumber()
    place(Place.word)
    sign = current ? GOOD + level : 0
    text = airText()
    await paint(text, fieldColor, ink, drawWord)
    await drawLine()
    await drawHour()
    await drawClimate()
}

/** The number and its unit, on the colour of its level. */
export async function drawNumber(): Promise<void> {
    current = state.isFresh(state.co2Ms)
    minutes = Math.floor((ds.millis() - state.co2Ms) / MS_PER_MINUTE)
    level = levelOf(state.co2Ppm)
    fieldColor = current ? levelColor(level) : OLD
    ink = current ? inkOn(level) : DIM
    const number = minutes < GONE_MIN ? "" + Math.min(state.co2Ppm, largestNumber) : "–"
    for (let i = 0; i < number.length; i++) {
        placeDigit(i)
        text = number[i]
        left = digitMargin(i)
        await paint(text, fieldColor, ink, drawDigit)
    }
    sign = current ? trendSign() : 0
    const hasUnit = placeUnit(number.length) && minutes < GONE_MIN
    await paint(sign, fieldColor, hasUnit ? ink : fieldColor, drawUnit)
}

function drawDigit() {
    put(DIGITS, text, left, DIGIT_TOP)
}

function drawUnit() {
    putGlyph(SIGNS, sign, 2, 16)
    put(TEXT, "ppm", 2, 58)
    put(TEXT, state.isEstimate ? estimateMark() : "CO₂", 2, 80)
}

function drawWord() {
    putGlyph(SIGNS, sign, 10, 1)
    put(HEADING, text, sign === 0 ? 10 : 52, 1)
}

function trendSign(): number {
    const former = co2At(MINUTE_MEANS, TREND_MIN)
    const now = co2At(MINUTE_MEANS, 0)
    if (former === 0 || now === 0) return 0
    return now > former + TREND_PPM ? RISING : now < former - TREND_PPM ? FALLING : STEADY
}

/** What the number means, or since when it is missing. */
export function airText(): string {
    if (current) return levelWord(level)
    if (minutes < GONE_MIN) return say(`${minutes} min ago`, `vor ${minutes} min`)
    const since = timeText(minutes)
    if (since === undefined) return say(`no reading for ${minutes} min`, `kein Wert seit ${minutes} min`)
    return say("no reading since ", "kein Wert seit ") + since
}

/** What is wrong, or what the curve shows. */
export async function drawLine(): Promise<void> {
    const way = wayState()
    const ofSensor = hasSensorProblem()
    let line = state.isEstimate ? say("CO₂ is an estimate", "CO₂ ist nur geschätzt") : say("Last hour", "Letzte Stunde")
    if (way > Way.works) line = wayText(way)
    if (ofSensor) line = say("A sensor does not respond", "Ein Sensor antwortet nicht")
    place(Place.line)
    await label(TEXT, line, 10, 0, BLACK, ofSensor || way > Way.works ? WARNING : DIM)
}

/** Temperature and humidity. */
export async function drawClimate(): Promise<void> {
    const fresh = state.isFresh(state.climateMs)
    place(Place.temperature)
    text = fresh ? tenthsText(Math.round(10 * state.temperatureC)) : "–"
    unit = "°C"
    await paint(text, BLACK, WHITE, drawValue)
    place(Place.humidity)
    text = fresh ? `${Math.round(state.humidityRh)}` : "–"
    unit = "%"
    await paint(text, BLACK, WHITE, drawValue)
}

function drawValue() {
    put(TEXT, unit, put(HEADING, text, 4, -1) + 4, 9)
}
