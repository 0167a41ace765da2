/** The switches of faults. Any fault of `airpin sim --help` can be started; these have a switch of their own. */
import { pause, SETTLING_MS } from "./settling.js"

const switches = [
    ["wifi-off", "No Wi-Fi"],
    ["wifi-silent", "Wi-Fi gone silent"],
    ["connect-refused", "Server away"],
    ["tls-impostor", "Certificate of another CA"],
    ["sensor-unplugged sensor=scd4x", "CO₂ sensor unplugged"],
    ["i2c-stuck", "I2C line held low"],
]
const POWER_CUT = "power-cut for=10s"

export class Faults {
    #root
    #start
    #end
    /** by the fault's text: its number while it holds */
    #running = new Map()
    /** switches just turned, each with the end of its latest turn */
    #busy = new Map()
    #faults = []

    /** @param start called with a fault's text @param end called with its number */
    constructor(root, start, end) {
        this.#root = root
        this.#start = start
        this.#end = end
        root.querySelector("#switches").append(...switches.map(([text, name]) => this.#switchFor(text, name)))
        root.querySelector("#power").addEventListener("click", () => start(POWER_CUT))
        const form = root.querySelector("#other")
        form.addEventListener("submit", event => {
            event.preventDefault()
            start(root.querySelector("#fault").value)
        })
    }

    #switchFor(text, name) {
        const input = Object.assign(document.createElement("input"), { type: "checkbox" })
        input.setAttribute("role", "switch")
        input.dataset.fault = text
        input.addEventListener("change", () => void this.#toggle(input, text))
        const label = document.createElement("label")
        label.append(input, ` ${name}`)
        return listItem(label)
    }

    /** Until the simulation has taken the latest turn, older news must not turn the switch back. */
    async #toggle(input, text) {
        const turn = Promise.resolve(this.#busy.get(input)).then(() => this.#turn(text, input.checked))
        this.#busy.set(input, turn)
        await turn
        if (this.#busy.get(input) !== turn) return
        this.#busy.delete(input)
        this.show(this.#faults)
    }

    async #turn(text, on) {
        if (on === this.#running.has(text)) return
        await (on ? this.#start(text) : this.#end(this.#running.get(text)))
        await pause(SETTLING_MS)
    }

    /** @param {{id: number, text: string}[]} faults */
    show(faults) {
        this.#faults = faults
        this.#running = new Map(faults.map(({ id, text }) => [text, id]))
        for (const input of this.#root.querySelectorAll("[role=switch]"))
            if (!this.#busy.has(input)) input.checked = this.#running.has(input.dataset.fault)
        const others = faults.filter(({ text }) => !switches.some(([known]) => known === text))
        this.#root.querySelector("#others").replaceChildren(...others.map(fault => this.#runningItem(fault)))
    }

    #runningItem({ id, text }) {
        const button = Object.assign(document.createElement("button"), { type: "button", textContent: "End" })
        button.setAttribute("aria-label", `End ${text}`)
        button.addEventListener("click", () => this.#end(id))
        const code = Object.assign(document.createElement("code"), { textContent: text })
        return listItem(code, " ", button)
    }
}

function listItem(...content) {
    const item = document.createElement("li")
    item.append(...content)
    return item
}
