/** The room's controls: what a person sets, and what is in force where nothing is set. */
import { pause, SETTLING_MS } from "./settling.js"

/** Settings while a slider moves are sent this often. */
const SEND_EVERY_MS = 150

export class Room {
    #root
    #send
    #set = {}
    #isNew = false
    #isSending = false

    /** @param send called with all settings */
    constructor(root, maxPeople, send) {
        this.#root = root
        this.#send = send
        root.hidden = false
        root.querySelector("[name=people]").max = maxPeople
        for (const slider of root.querySelectorAll("[type=range]"))
            slider.addEventListener("input", () => this.#change(slider.name, slider.valueAsNumber))
        for (const choice of root.querySelectorAll("[type=radio]"))
            choice.addEventListener("change", () => this.#change("window", choice.value))
        root.querySelector("#plan").addEventListener("click", () => {
            this.#set = {}
            void this.#soon()
        })
    }

    /** People and window take effect on the CO2 again. */
    #change(name, value) {
        this.#set = { ...this.#set, [name]: value }
        if (name === "people" || name === "window") delete this.#set.co2Ppm
        this.#showSet()
        void this.#soon()
    }

    async #soon() {
        this.#isNew = true
        if (this.#isSending) return
        this.#isSending = true
        while (this.#isNew) {
            await pause(SEND_EVERY_MS)
            this.#isNew = false
            await this.#send(this.#set)
            if (!this.#isNew) await pause(SETTLING_MS)
        }
        this.#isSending = false
    }

    show({ set, people, window }, { co2Ppm, temperatureC, humidityRh }) {
        const air = `${Math.round(co2Ppm)}\u00a0ppm CO₂, ${temperatureC.toFixed(1)}\u00a0°C, ${Math.round(humidityRh)}\u00a0%RH`
        this.#root.querySelector("#air").textContent = `true air: ${air}`
        if (this.#isSending || this.#root.querySelector("input:active")) return
        this.#set = set
        const values = { people, co2Ppm, temperatureC, ...set }
        for (const slider of this.#root.querySelectorAll("[type=range]")) slider.value = values[slider.name]
        this.#root.querySelector(`[value=${window}]`).checked = true
        this.#showSet()
    }

    #showSet() {
        for (const slider of this.#root.querySelectorAll("[type=range]")) {
            const isSet = this.#set[slider.name] !== undefined
            const text = [slider.value, slider.dataset.unit].filter(Boolean).join(" ")
            const row = slider.closest(".slider")
            row.classList.toggle("set", isSet)
            row.querySelector(".value").textContent = text
            slider.setAttribute("aria-valuetext", isSet ? text : `${text}, by the room’s own plan`)
        }
    }
}
