import { careWords, factWords, partWords } from "./state-words.js"
import { ageWords, isStale } from "./words.js"

/**
 * Shows how a device is: its parts and what needs care at a glance, the rest
 * for those who open it.
 *
 * @param {Record<string, HTMLElement>} parts of its card
 */
export function showState({ state, sensors, care, summary, facts }, device) {
    const { status, settings } = device
    state.hidden = status === null && settings === null
    if (state.hidden) return
    state.classList.toggle("old", status !== null && isStale(status.age))
    summary.textContent =
        status !== null && isStale(status.age) ? `How the device was ${ageWords(status.age)}` : "How the device is"
    sensors.replaceChildren(...partWords(status?.sensors).map(partElement))
    care.replaceChildren(...careWords(device).map(careElement))
    facts.replaceChildren(...factWords(device).map(([label, text]) => pairElement(label, text)))
}

/** A name and a value of a list. */
export function pairElement(label, text) {
    const element = fromTemplate("#pair")
    element.querySelector("dt").textContent = label
    element.querySelector("dd").textContent = text
    return element
}

function partElement({ name, level, words }) {
    const element = fromTemplate("#part")
    element.dataset.level = level
    element.querySelector("b").textContent = name
    element.querySelector("span").textContent = words
    return element
}

function careElement(words) {
    const element = fromTemplate("#care")
    element.textContent = words
    return element
}

function fromTemplate(selector) {
    return document.querySelector(selector).content.firstElementChild.cloneNode(true)
}
