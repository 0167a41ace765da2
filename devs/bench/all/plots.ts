/** Plots of a run as SVG, in colours that are legible on white and on black. */
import { MAX_BATCH } from "../../../src/wire.ts"
import type { Measured, StoredSeries } from "./measured.ts"

export interface Plot {
    /** of its file */
    name: string
    svg: string
}

const [WIDTH, HEIGHT] = [720, 360]
/** contrast of at least 3 on white and on GitHub's dark background */
const TEXT = "#7d8590"
const LINES = "#7d859055"
const COLOURS = ["#2f81c7", "#c9731f", "#3d9a57"]

/** Those whose figures the run has; none where echarts, a package for development, is not installed. */
export async function drawPlots(figures: Measured[], recovery: StoredSeries | undefined): Promise<Plot[]> {
    const values = new Map(figures.map(({ id, value }) => [id, value]))
    const plots: Plot[] = []
    if (values.has("wire.closed.1")) plots.push({ name: "wire.svg", svg: await draw(wireOptions(values)) })
    if (values.has("rates.sqlite.60")) plots.push({ name: "rates.svg", svg: await draw(rateOptions(values)) })
    if (recovery) plots.push({ name: "recovery.svg", svg: await draw(recoveryOptions(recovery)) })
    return plots
}

type Values = Map<string, number | undefined>

function wireOptions(values: Values) {
    const ways = { kept: "connection kept", nginx: "kept, behind nginx", closed: "closed after each post" }
    const batches = [1, 5, 15, MAX_BATCH]
    const bars = Object.entries(ways).map(([way, name]) =>
        bar(
            name,
            batches.map(batch => values.get(`wire.${way}.${batch}`)),
            value => value.toFixed(0),
        ),
    )
    const y = { ...axis("bytes a reading (logarithmic)"), type: "log", min: 10 }
    return {
        ...frame("Bytes on the wire for a reading"),
        xAxis: category("readings in a post", batches),
        yAxis: y,
        series: bars,
    }
}

function rateOptions(values: Values) {
    const stores = { sqlite: "SQLite", postgres: "PostgreSQL" }
    const batches = [1, 5, 60]
    const bars = Object.entries(stores).map(([store, name]) =>
        bar(
            name,
            batches.map(batch => values.get(`rates.${store}.${batch}`)),
            value => value.toFixed(2),
        ),
    )
    const y = { ...axis("of the bare server's readings a second"), type: "value", min: 0 }
    return {
        ...frame("Readings stored, beside a bare server"),
        xAxis: category("readings in a post", batches),
        yAxis: y,
        series: bars,
    }
}

function recoveryOptions(recovery: StoredSeries) {
    const line = {
        ...{ type: "line", name: "stored", showSymbol: false, areaStyle: { opacity: 0.15 } },
        data: recovery.map(({ atS, readings }) => [atS, readings / 1e6]),
    }
    return {
        ...frame("1,000 devices deliver a day's readings at once"),
        legend: undefined,
        xAxis: { ...axis("seconds after the server is back"), type: "value", nameLocation: "middle", nameGap: 30 },
        yAxis: { ...axis("million readings stored"), type: "value" },
        series: [line],
    }
}

const frame = (title: string) => ({
    animation: false,
    color: COLOURS,
    backgroundColor: "transparent",
    textStyle: { fontFamily: "sans-serif" },
    title: { text: title, left: 0, top: 0, textStyle: { color: TEXT, fontSize: 16 } },
    legend: { top: 32, left: 0, textStyle: { color: TEXT } },
    grid: { left: 60, right: 20, top: 90, bottom: 50 },
})

const axis = (name: string) => ({
    name,
    nameTextStyle: { color: TEXT, align: "left", padding: [0, 0, 0, -55] },
    axisLabel: { color: TEXT },
    axisLine: { lineStyle: { color: TEXT } },
    splitLine: { lineStyle: { color: LINES } },
})

const category = (name: string, batches: number[]) => ({
    ...{ type: "category", data: batches.map(String), name, nameLocation: "middle", nameGap: 30 },
    ...{ nameTextStyle: { color: TEXT }, axisLabel: { color: TEXT }, axisLine: { lineStyle: { color: TEXT } } },
})

const bar = (name: string, data: (number | undefined)[], text: (value: number) => string) => ({
    ...{ type: "bar", name, data: data.map(value => value ?? null) },
    label: {
        ...{ show: true, position: "top", color: TEXT },
        formatter: ({ value }: { value: unknown }) => (typeof value === "number" ? text(value) : ""),
    },
})

async function draw(options: Record<string, unknown>): Promise<string> {
    const echarts = await import("echarts")
    const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height: HEIGHT })
    try {
        chart.setOption(options)
        return `${chart.renderToSVGString()}\n`
    } finally {
        chart.dispose()
    }
}
