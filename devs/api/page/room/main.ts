/** The page of one room in the browser. */
import type uPlot from "uplot"
import type { Airing, RoomEvents } from "../../insights/records.ts"
import { markOf } from "../../site/site.ts"
import type { WallRoom } from "../../wall/wall-room.ts"
import { numberText, timeText, type Words } from "../shared/format.ts"
import { startHeader } from "../shared/header.ts"
import { readPageData } from "../shared/read-page-data.ts"
import { tileOf } from "../wall/rooms.ts"
import { drawChart } from "./chart.ts"
import { startDoor } from "./door.ts"
import { forecastOf } from "./forecast.ts"
import { localText, secondsOf } from "./local-time.ts"
import { airingValues, lessonsText, type Mark, marksOf, type Range, symbols } from "./marks.ts"
import { climateText, type RoomState } from "./room-state.ts"
import { co2Of, columnsOf, extremesOf, gapsIn, type Row, stepFor } from "./series.ts"

const REFRESH_MS = 30_000
const RESPONSE_TIMEOUT_MS = 8000
const DAY_S = 86_400
/** What `…/events` of the API answers for at most, s. */
const MAX_SPAN_S = 366 * DAY_S
const MAX_TABLE_ROWS = 300
/** More of them are folded away. */
const MAX_MARKS = 8
/** Finding what happened in 30 days takes the server 0.3 s: as often as devices post is enough. */
const EVENTS_EVERY_S = 300

const { language, root, role, now: madeAt, state, t } = readPageData<RoomState>()
const words: Words = { t, language, timeZone: state.site.timeZone }
const element = (id: string) => document.querySelector<HTMLElement>(`#${id}`) as HTMLElement
const form = element("selection") as HTMLFormElement

let room = state.room
let now = madeAt
/** undefined: the last `days`, up to now */
let selected: Range | undefined
let days = 1
let plot: uPlot | undefined
let drawn: { rows: Row[]; range: Range; stepS: number; marks: Mark[] } | undefined
/** of the range that is shown, and when they were asked for */
let happened: { range: string; at: number; events: RoomEvents } | undefined
/** of a range up to now: what is selected may be long ago */
let lastAiring: Airing | undefined

startHeader(root)
startDoor({ id: room.id, name: room.name, root, t, isPublic: role === "anonymous" })
for (const button of element("ranges").querySelectorAll("button"))
    button.addEventListener("click", () => {
        selected = undefined
        days = Number(button.dataset.days)
        void load()
    })
form.addEventListener("submit", event => {
    event.preventDefault()
    const [from, to] = ["from", "to"].map(name => secondsOf(`${new FormData(form).get(name)}`, words.timeZone))
    if (from !== undefined && to !== undefined && from < to) select(from, to)
    else (form.elements.namedItem("from") as HTMLInputElement).focus()
})
element("picture").addEventListener("click", savePicture)
element("table").addEventListener("toggle", showTable)
new ResizeObserver(() => plot?.setSize({ width: element("chart").clientWidth, height: plot.height })).observe(
    element("chart"),
)
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw)
document.querySelector("#theme")?.addEventListener("change", draw)
setInterval(() => void refresh(), REFRESH_MS)
void load()

/** Of a longer span the last year: the server gives no more. */
function select(from: number, to: number): void {
    selected = { from: Math.floor(Math.max(from, to - MAX_SPAN_S)), to: Math.ceil(to) }
    void load()
}

async function refresh(): Promise<void> {
    try {
        const wall = await ask<{ now: number; rooms: WallRoom[] }>("api/v1/wall")
        now = wall.now
        room = wall.rooms.find(({ id }) => id === room.id) ?? room
        showNow()
        if (!selected) await load()
        element("away").hidden = true
    } catch (error) {
        console.warn(error)
        element("away").hidden = false
    }
}

function showNow(): void {
    const tile = tileOf(room, now, words)
    element("now").className = tile.state
    for (const name of ["number", "unit", "word", "trend", "since", "age"] as const)
        setText(element("now").querySelector(`.${name}`), tile[name])
    setText(element("now").querySelector(".climate"), climateText(room, tile, words))
}

async function load(): Promise<void> {
    const range = selected ?? { from: now - days * DAY_S, to: now }
    const stepS = stepFor(range.to - range.from)
    const path = `api/v1/devices/${room.id}`
    const query = `from=${range.from}&to=${range.to}`
    try {
        const [{ readings }, events] = await Promise.all([
            ask<{ readings: Row[] }>(`${path}/readings?${query}&step=${stepS}`),
            eventsIn(`${path}/events?${query}`),
        ])
        drawn = { rows: readings, range, stepS, marks: marksOf(events, gapsIn(readings, stepS), now, words) }
        draw()
        showRange(range)
        showTable()
        showMarks(drawn.marks)
        showFacts(events)
        element("away").hidden = true
    } catch (error) {
        console.warn(error)
        element("away").hidden = false
    }
}

async function eventsIn(path: string): Promise<RoomEvents> {
    const range = JSON.stringify(selected ?? days)
    if (happened?.range === range && now - happened.at < EVENTS_EVERY_S) return happened.events
    const events = await ask<RoomEvents>(path)
    happened = { range, at: now, events }
    return events
}

function draw(): void {
    if (!drawn) return
    const { rows, range, stepS, marks } = drawn
    const quantity = co2Of(rows)
    const gaps = marks.filter(({ kind }) => kind === "gap")
    const columns = columnsOf(rows, quantity, stepS, gaps)
    const extremes = extremesOf(columns[1])
    const label = quantity === "co2Ppm" ? "CO₂" : t("room.estimate")
    plot?.destroy()
    plot = undefined
    element("none").hidden = extremes !== undefined
    element("chart").hidden = extremes === undefined
    if (!extremes) return
    element("chart").ariaLabel = t("room.summary", { quantity: label, ...rounded(extremes) })
    const { limits } = room
    plot = drawChart(
        element("chart"),
        { ...range, columns, limits, marks, timeZone: words.timeZone, language, label },
        { onPoint: readOut, onSelect: select },
    )
    readOut(null, null)
}

function rounded<Values extends Record<string, number>>(values: Values): Record<string, number> {
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Math.round(value)]))
}

function readOut(time: number | null, value: number | null): void {
    const { fairPpm: fair, poorPpm: poor } = room.limits
    const mark = markOf(room.limits)
    const text =
        time === null || value === null
            ? mark === null
                ? t("room.fairLine", { fair, poor })
                : t("room.markLine", { fair, mark, poor })
            : `${timeText(time, now, words)}: ${numberText(value, words)} ppm`
    setText(element("readout"), text)
}

function showRange({ from, to }: { from: number; to: number }): void {
    for (const button of element("ranges").querySelectorAll("button"))
        button.setAttribute("aria-pressed", `${!selected && Number(button.dataset.days) === days}`)
    for (const [name, value] of Object.entries({ from, to }))
        (form.elements.namedItem(name) as HTMLInputElement).value = localText(value, words.timeZone)
    const csv = element("csv") as HTMLAnchorElement
    csv.href = `${root}api/v1/devices/${room.id}/readings.csv?from=${from}&to=${to}&zone=${encodeURIComponent(words.timeZone)}`
}

function showTable(): void {
    if (!(element("table") as HTMLDetailsElement).open || !drawn) return
    const quantity = co2Of(drawn.rows)
    const digits = (value: number | null, decimals: number) =>
        value === null ? "–" : new Intl.NumberFormat(language, { maximumFractionDigits: decimals }).format(value)
    const rows = drawn.rows.slice(-MAX_TABLE_ROWS).map(row => {
        const cells = [
            timeText(row.time, now, words),
            digits(row[quantity], 0),
            digits(row.temperatureC, 1),
            digits(row.humidityRh, 0),
        ]
        const line = document.createElement("tr")
        line.append(...cells.map((text, at) => cell(at === 0 ? "th" : "td", text)))
        return line
    })
    element("table")
        .querySelector("tbody")
        ?.replaceChildren(...rows)
}

function cell(kind: "th" | "td", text: string): HTMLElement {
    const made = Object.assign(document.createElement(kind), { textContent: text })
    if (kind === "th") made.setAttribute("scope", "row")
    return made
}

function showMarks(marks: Mark[]): void {
    const items = marks.map(({ kind, text }) => {
        const symbol = Object.assign(document.createElement("span"), { textContent: symbols[kind], ariaHidden: "true" })
        const line = item(` ${text}`)
        line.prepend(symbol)
        return line
    })
    element("happened").hidden = items.length === 0
    element("marks").replaceChildren(...items.slice(0, MAX_MARKS))
    const earlier = items.slice(MAX_MARKS)
    element("earlier").hidden = earlier.length === 0
    setText(element("earlier").querySelector("summary"), t("room.earlier", { count: earlier.length }))
    element("earlier")
        .querySelector("ul")
        ?.replaceChildren(...earlier)
}

/** When the next limit is reached, and how fast the last airing worked; and how the lessons of the range were. */
function showFacts(events: RoomEvents): void {
    const forecast = forecastOf(room, now)
    if (!selected) lastAiring = events.airings?.at(-1) ?? lastAiring
    element("facts").replaceChildren(
        ...(forecast ? [item(t("room.reaches", { ppm: forecast.ppm, time: timeText(forecast.at, now, words) }))] : []),
        ...(lastAiring ? [item(t("room.lastAiring", airingValues(lastAiring)))] : []),
    )
    setText(element("lessons"), lessonsText(events, room.limits, words) ?? "")
}

function item(text: string): HTMLElement {
    return Object.assign(document.createElement("li"), { textContent: text })
}

function savePicture(): void {
    if (!plot) return
    const canvas = document.createElement("canvas")
    canvas.width = plot.ctx.canvas.width
    canvas.height = plot.ctx.canvas.height
    const context = canvas.getContext("2d")
    if (!context) return
    context.fillStyle = getComputedStyle(document.body).backgroundColor
    context.fillRect(0, 0, canvas.width, canvas.height)
    context.drawImage(plot.ctx.canvas, 0, 0)
    const link = document.createElement("a")
    link.download = `${room.id}-${localText(now, words.timeZone).slice(0, 10)}.png`
    canvas.toBlob(blob => {
        if (!blob) return
        link.href = URL.createObjectURL(blob)
        link.click()
        URL.revokeObjectURL(link.href)
    })
}

function setText(part: Element | null, text: string): void {
    if (part && part.textContent !== text) part.textContent = text
}

async function ask<Result>(path: string): Promise<Result> {
    const response = await fetch(root + path, { signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS) })
    if (response.status === 401) location.reload()
    if (!response.ok) throw new Error(`${path}: ${response.status}`)
    return await response.json()
}
