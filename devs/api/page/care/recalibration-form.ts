/** Recalibration of a CO2 sensor from afar: its conditions, and what happened to the last one. */
import { act, outcomeElement } from "./action.ts"
import type { CareApi } from "./care-api.ts"
import type { Recalibration } from "./care-data.ts"
import { element, replaceIfNew } from "./element.ts"
import { recalibrationWords } from "./recalibration-words.ts"
import type { Words } from "./words.ts"

/** CO2 of outdoor air, ppm. */
const OUTDOOR_PPM = 420

export class RecalibrationForm {
    readonly element: HTMLFormElement
    readonly #words: Words
    readonly #conditions = element("ul")
    readonly #last = element("p")
    readonly #button: HTMLButtonElement
    readonly #input = element("input", { type: "number", step: 1, value: OUTDOOR_PPM, required: true })

    /** @param changed called once it was asked for */
    constructor(id: string, words: Words, api: CareApi, changed: () => void) {
        this.#words = words
        const { t } = words
        this.#button = element("button", { type: "submit" }, t("care.recalibrate"))
        const outcome = outcomeElement()
        this.element = element(
            "form",
            { class: "recalibration", hidden: true },
            ...[
                element("h3", {}, t("care.recalibration")),
                element("p", { class: "quiet" }, t("care.recalibration.how")),
            ],
            ...[this.#conditions, this.#last],
            element("label", {}, element("span", {}, t("care.recalibration.ppm")), this.#input),
            ...[this.#button, outcome],
        )
        this.element.addEventListener("submit", async event => {
            event.preventDefault()
            const ask = () => api.set(id, { RECALIBRATE_PPM: Number(this.#input.value) })
            if (await act(words, outcome, t("care.settings.asked"), ask)) changed()
        })
    }

    update(recalibration: Recalibration): void {
        const { conditions, last } = recalibrationWords(recalibration, this.#words)
        this.element.hidden = recalibration.measuredPpm === null && recalibration.last === null
        replaceIfNew(
            this.#conditions,
            ...conditions.map(({ isMet, text }) => element("li", { class: isMet ? "met" : "unmet" }, text)),
        )
        this.#last.textContent = last
        const hadFocus = this.#button === document.activeElement
        this.#button.disabled = recalibration.obstacles.length > 0
        if (hadFocus && this.#button.disabled) this.#input.focus()
        if (recalibration.fromPpm !== null) this.#input.min = `${recalibration.fromPpm}`
        if (recalibration.toPpm !== null) this.#input.max = `${recalibration.toPpm}`
    }
}
