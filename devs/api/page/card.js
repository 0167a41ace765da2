import { drawClimate, drawCo2 } from "./chart.js"
import { levelOf } from "./co2-level.js"
import { pairElement, showState } from "./device-state.js"
import { missingText } from "./device-texts.js"
import { ageText, durationText, isStale } from "./duration.js"
import { lowestCo2Note, lowestCo2Text } from "./lowest-co2.js"
import { quantityTerms } from "./terms.js"

/** Decimals of the values below the large one, in this order. */
const decimalsOfOthers = { temperatureC: 1, humidityRh: 0, tvocPpb: 0, eco2Ppm: 0 }

/** The label with its subscript, as the page has room for it. */
const labelOf = name => quantityTerms[name].label.replace("CO2", "CO₂")

/** A person expects humidity in %. */
const unitOf = name => quantityTerms[name].unit.replace("%RH", "%")

const measuredCo2 = { name: "co2Ppm", label: labelOf("co2Ppm") }
/** A sensor without a CO2 cell estimates it from volatile organic compounds. */
const estimatedCo2 = { name: "eco2Ppm", label: `${labelOf("eco2Ppm")} (estimate)` }

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

    /** Shows a device of `GET /api/v1/devices` with the ages of `page.js`. */
    showNow(device) {
        const { name, age, lost } = this.#parts
        name.textContent = device.name
        this.#parts.export.hidden = device.latest === null
        age.textContent = device.latest ? ageText(device.latest.age) : "Waiting for its first reading"
        lost.hidden = device.lost + device.gap === 0
        lost.textContent = missingText(device)
        this.#showCo2(device.latest)
        this.#showOthers(device.latest)
        this.#showLowest(device.lowestCo2)
        showState(this.#parts, device)
    }

    /** Draws a response of `GET …/readings`, or the last one again in new colours. */
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
        level.textContent = latest ? levelText(value, latest.age) : ""
        this.element.dataset.level = value === null || isStale(latest.age) ? "unknown" : levelOf(value).name
    }

    #showOthers(latest) {
        const small = Object.entries(decimalsOfOthers).filter(
            ([name]) => latest?.[name] != null && name !== shownCo2(latest).name,
        )
        const pairs = small.map(([name, decimals]) =>
            pairElement(labelOf(name), `${latest[name].toFixed(decimals)} ${unitOf(name)}`),
        )
        this.#parts.others.replaceChildren(...pairs)
    }

    #showLowest(lowestCo2) {
        const { lowest, lowestNote } = this.#parts
        lowest.textContent = lowestCo2Text(lowestCo2)
        lowestNote.textContent = lowestCo2Note(lowestCo2)
        for (const part of [lowest, lowestNote]) part.hidden = part.textContent === ""
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

/** CO2 if it is measured, otherwise its estimate if there is one. */
function shownCo2(latest) {
    return latest?.co2Ppm == null && latest?.eco2Ppm != null ? estimatedCo2 : measuredCo2
}

function levelText(co2Ppm, ageS) {
    if (isStale(ageS)) return `Silent for ${durationText(ageS)}`
    return co2Ppm === null ? "CO₂ not measured" : levelOf(co2Ppm).advice
}

function measuredIn(day, name) {
    return day.readings.some(reading => reading[name] !== null)
}
