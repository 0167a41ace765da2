/** The settings of a device: what was asked for, what it has taken, and a form to change them. */
import { act, outcomeElement } from "./action.ts"
import type { CareApi } from "./care-api.ts"
import type { Device } from "./care-data.ts"
import { element } from "./element.ts"
import { changesOf, type Setting, settingLabel, settingOf, settingsOfForm, valueText } from "./setting-words.ts"
import type { Words } from "./words.ts"

export class SettingsForm {
    readonly element: HTMLFormElement
    readonly #words: Words
    readonly #fields = new Map<string, { input: HTMLInputElement | HTMLSelectElement; state: HTMLElement }>()
    readonly #outcome = outcomeElement()
    #device: Device

    /** @param changed called once settings were asked for */
    constructor(device: Device, words: Words, api: CareApi, changed: () => void) {
        this.#device = device
        this.#words = words
        const { t } = words
        const settings = settingsOfForm()
        const rowsOf = (isPanel: boolean) =>
            settings.filter(each => each.isPanel === isPanel).map(each => this.#row(each))
        const panel = element("details", {}, element("summary", {}, t("care.settings.panel")), ...rowsOf(true))
        const button = element("button", { type: "submit", class: "primary" }, t("care.settings.ask"))
        this.element = element(
            "form",
            { class: "settings", novalidate: true },
            ...[element("h3", {}, t("care.settings")), element("p", { class: "quiet" }, t("care.settings.how"))],
            ...[...rowsOf(false), panel, button, this.#outcome],
        )
        this.element.addEventListener("submit", event => {
            event.preventDefault()
            void this.#submit(api, changed)
        })
        this.update(device)
    }

    update(device: Device): void {
        this.#device = device
        const { t, time } = this.#words
        for (const [name, { state }] of this.#fields) {
            const { state: how, value } = settingOf(device, name)
            const at = how === "asked" ? device.settings?.setAt : device.settings?.applied?.at
            const values = { value: value === undefined ? "" : valueText(name, value, t), time: at ? time(at) : "" }
            state.textContent = t(`care.setting.is.${how}`, values)
            state.dataset.state = how
        }
    }

    #row(setting: Setting): HTMLElement {
        const { t } = this.#words
        const { name, min, max } = setting
        const input = setting.choices ? this.#choice(setting, setting.choices) : this.#number(setting)
        const state = element("span", { class: "state" })
        this.#fields.set(name, { input, state })
        const range = setting.choices ? "" : t("care.setting.range", { min, max, usual: setting.default })
        return element(
            "label",
            { class: "setting" },
            element("span", {}, settingLabel(name, t), " ", element("small", {}, range)),
            ...[input, state],
        )
    }

    #number({ name, min, max, default: usual }: Setting): HTMLInputElement {
        const { value } = settingOf(this.#device, name)
        const limits = { min: Math.min(min, usual), max: Math.max(max, usual), value: value ?? "" }
        return element("input", { type: "number", name, step: 1, ...limits })
    }

    #choice({ name }: Setting, choices: number[]): HTMLSelectElement {
        const { t } = this.#words
        const { value } = settingOf(this.#device, name)
        const option = (choice: number) =>
            element("option", { value: choice, selected: choice === value }, valueText(name, choice, t))
        return element(
            "select",
            { name },
            element("option", { value: "" }, t("care.choice.unchanged")),
            ...choices.map(option),
        )
    }

    async #submit(api: CareApi, changed: () => void): Promise<void> {
        const { t, list } = this.#words
        const texts = Object.fromEntries([...this.#fields].map(([name, { input }]) => [name, input.value]))
        const { changes, wrong } = changesOf(this.#device, texts)
        for (const [name, { input }] of this.#fields) input.ariaInvalid = wrong.includes(name) ? "true" : null
        const problem = wrong.length > 0 ? "wrong" : Object.keys(changes).length === 0 ? "unchanged" : undefined
        if (problem !== undefined) {
            const names = list(wrong.map(name => settingLabel(name, t)))
            this.#outcome.classList.toggle("wrong", problem === "wrong")
            this.#outcome.textContent = t(`care.settings.${problem}`, { names })
            if (wrong[0] !== undefined) this.#fields.get(wrong[0])?.input.focus()
            return
        }
        if (await act(this.#words, this.#outcome, t("care.settings.asked"), () => api.set(this.#device.id, changes)))
            changed()
    }
}
