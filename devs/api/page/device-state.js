import { factTexts, sensorSummaries, warningTexts } from "./device-texts.js"
import { ageText, isStale } from "./duration.js"

/**
 * Shows the state of a device: its sensors and warnings at a glance, the rest
 * on demand.
 *
 * @param {Record<string, HTMLElement>} parts of its card
 */
export function showState({ state, sensors, warnings, summary, facts }, device) {
    const { status, settings } = device
    state.hidden = status === null && settings === null
    if (state.hidden) return
    state.classList.toggle("old", status !== null && isStale(status.age))
    summary.textContent =
        status !== null && isStale(status.age) ? `State of the device ${ageText(status.age)}` : "State of the device"
    sensors.replaceChildren(...sensorSummaries(status?.sensors).map(sensorElement))
    warnings.replaceChildren(...warningTexts(device).map(warningElement))
    facts.replaceChildren(...factTexts(device).map(([label, text]) => pairElement(label, text)))
}

/** A label and its text, for a description list. */
export function pairElement(label, text) {
    const element = fromTemplate("#pair")
    element.querySelector("dt").textContent = label
    element.querySelector("dd").textContent = text
    return element
}

function sensorElement({ name, level, text }) {
    const element = fromTemplate("#sensor")
    element.dataset.level = level
    element.querySelector("b").textContent = name
    element.querySelector("span").textContent = text
    return element
}

function warningElement(text) {
    const element = fromTemplate("#warning")
    element.textContent = text
    return element
}

function fromTemplate(selector) {
    return document.querySelector(selector).content.firstElementChild.cloneNode(true)
}
