import { drawClimate, drawCo2 } from "./chart.js"
import { pairElement, showState } from "./state.js"
import { ageWords, durationWords, isStale, levelOf, lossWords } from "./words.js"

/** Values below the big one, in this order. */
const others = [
    { name: "temperatureC", label: "Temperature", unit: "°C", decimals: 1 },
    { name: "humidityRh", label: "Humidity", unit: "%", decimals: 0 },
    { name: "tvocPpb", label: "TVOC", unit: "ppb", decimals: 0 },
    { name: "eco2Ppm", label: "eCO₂", unit: "ppm", decimals: 0 },
]

const measuredCo2 = { name: "co2Ppm", label: "CO₂" }
/** What a sensor without CO2 cell estimates from organic compounds. */
const estimatedCo2 = { name: "eco2Ppm", label: "eCO₂ (estimate)" }

/** One device on the page. */
export class Card {
    element
    #parts = {}
    #day = null
    #plots = []

    constructor(id) {
        this.element = document.querySelector("#device").content.firstElementChild.cloneNode(true)
        for (const part of this.element.querySelectorAll("[data-show]")) this.#parts[part.dataset.show] = part
        this.#parts.csv.href = `api/v1/devices/${id}/readings.csv`
        new ResizeObserver(() => this.#fit()).observe(this.element)
    }

    /** Shows a device of `GET /api/v1/devices`, aged by `page.js`. */
    showNow(device) {
        const { name, age, lost } = this.#parts
        name.textContent = device.name
        this.#parts.export.hidden = device.latest === null
        age.textContent = device.latest ? ageWords(device.latest.age) : "Waiting for its first reading"
        lost.hidden = device.lost + device.gap === 0
        lost.textContent = lossWords(device)
        this.#showCo2(device.latest)
        this.#showOthers(device.latest)
        showState(this.#parts, device)
    }

    /** Draws an answer of `GET …/readings`, or draws the last one again in other colours. */
    showDay(day = this.#day) {
        if (day === null) return
        this.#day = day
        this.#plots.forEach(plot => plot.destroy())
        this.#plots = [...this.#co2Plots(day), ...this.#climatePlots(day)]
        this.#parts.noDay.hidden = this.#plots.length > 0 || this.#parts.export.hidden
    }

    #showCo2(latest) {
        const { big, co2, quantity, level } = this.#parts
        const shown = shownCo2(latest)
        const value = latest?.[shown.name] ?? null
        big.hidden = value === null
        co2.textContent = value ?? ""
        quantity.textContent = shown.label
        level.hidden = latest === null
        level.textContent = latest ? levelWords(value, latest.age) : ""
        this.element.dataset.level = value === null || isStale(latest.age) ? "unknown" : levelOf(value).name
    }

    #showOthers(latest) {
        const small = others.filter(({ name }) => latest?.[name] != null && name !== shownCo2(latest).name)
        const pairs = small.map(({ name, label, unit, decimals }) =>
            pairElement(label, `${latest[name].toFixed(decimals)} ${unit}`),
        )
        this.#parts.others.replaceChildren(...pairs)
    }

    #co2Plots(day) {
        const quantity = [measuredCo2, estimatedCo2].find(({ name }) => measuredIn(day, name))
        this.#parts.co2Chart.hidden = quantity === undefined
        return quantity ? [drawCo2(this.#parts.co2Chart, day, quantity, day.device)] : []
    }

    #climatePlots(day) {
        const measured = measuredIn(day, "temperatureC") && measuredIn(day, "humidityRh")
        this.#parts.climateChart.hidden = !measured
        return measured ? [drawClimate(this.#parts.climateChart, day, day.device)] : []
    }

    #fit() {
        for (const plot of this.#plots) {
            plot.setSize({ width: plot.root.parentElement.clientWidth, height: plot.height })
        }
    }
}

/** CO2 where it is measured; its estimate only where it is all there is. */
function shownCo2(latest) {
    return latest?.co2Ppm == null && latest?.eco2Ppm != null ? estimatedCo2 : measuredCo2
}

function levelWords(co2Ppm, ageS) {
    if (isStale(ageS)) return `Silent for ${durationWords(ageS)}`
    return co2Ppm === null ? "CO₂ not measured" : levelOf(co2Ppm).advice
}

function measuredIn(day, name) {
    return day.readings.some(reading => reading[name] !== null)
}
