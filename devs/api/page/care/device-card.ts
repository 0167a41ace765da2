/** A device: how it is in one line, and everything about it once it is opened. */
import type { CareApi } from "./care-api.ts"
import { type CareData, type Device, stateOf } from "./care-data.ts"
import { driftOf, plainFacts, signalOf, technicalFacts } from "./device-words.ts"
import { element, factList, replaceIfNew } from "./element.ts"
import { RecalibrationForm } from "./recalibration-form.ts"
import { SettingsForm } from "./settings-form.ts"
import { tokenForm } from "./token-form.ts"
import type { Words } from "./words.ts"

export class DeviceCard {
    readonly element: HTMLDetailsElement
    readonly #words: Words
    readonly #api: CareApi
    readonly #changed: () => void
    readonly #summary = element("summary")
    readonly #facts = element("div", { class: "facts" })
    readonly #technical = element("div")
    readonly #forms = element("div", { class: "forms" })
    #parts: { settings: SettingsForm; recalibration: RecalibrationForm } | undefined
    #shown: { name: string; isRevoked: boolean } | undefined
    #device: Device

    /** @param changed called once something was changed */
    constructor(device: Device, data: CareData, words: Words, api: CareApi, changed: () => void) {
        this.#device = device
        this.#words = words
        this.#api = api
        this.#changed = changed
        const details = element("details", { class: "details" }, element("summary", {}, words.t("care.details")))
        details.append(this.#technical)
        this.element = element("details", { id: `device-${device.id}`, class: "device card" }, this.#summary)
        this.element.append(this.#facts, this.#forms, details)
        this.element.addEventListener("toggle", () => this.element.open && void this.#open())
        this.update(device, data)
    }

    update(device: Device, data: CareData): void {
        this.#device = device
        replaceIfNew(this.#summary, ...this.#summaryParts(device, data))
        replaceIfNew(this.#facts, factList(plainFacts(device, this.#words, data.now)))
        replaceIfNew(this.#technical, factList(technicalFacts(device, this.#words)))
        if (this.element.open) void this.#open()
    }

    #summaryParts(device: Device, data: CareData): Node[] {
        const { t } = this.#words
        const state = stateOf(device, data)
        const level = { fine: "good", failed: "poor", silent: "poor", new: "silent", revoked: "silent" }[state]
        const signal = signalOf(device)
        const drift = driftOf(device)
        const notes = [
            ...(signal ? [t("care.note.signal", { signal: t(`care.signal.${signal}`) })] : []),
            ...(device.lowestCo2 ? [t("care.note.lowest", { ppm: device.lowestCo2.ppm })] : []),
            ...(drift === "low" || drift === "high" ? [t(`care.note.${drift}`)] : []),
        ]
        return [
            element("b", {}, device.name),
            element("span", { class: `chip level-${level}` }, t(`care.state.${state}`)),
            element("span", { class: "notes" }, notes.join(" · ")),
        ]
    }

    /** Makes the forms when they are wanted first: what somebody has begun to write stays. */
    async #open(): Promise<void> {
        const device = this.#device
        const shown = { name: device.name, isRevoked: device.revokedAt !== null }
        if (this.#parts === undefined || this.#shown?.isRevoked !== shown.isRevoked) this.#makeForms(device)
        this.#shown = shown
        this.#parts?.settings.update(device)
        const recalibration = await this.#api.recalibration(device.id).catch(() => undefined)
        if (recalibration) this.#parts?.recalibration.update(recalibration)
    }

    #makeForms(device: Device): void {
        const [words, api, changed] = [this.#words, this.#api, this.#changed]
        const settings = new SettingsForm(device, words, api, changed)
        const recalibration = new RecalibrationForm(device.id, words, api, changed)
        this.#parts = { settings, recalibration }
        const forms = device.revokedAt === null ? [settings.element, recalibration.element] : []
        const hadFocus = this.#forms.contains(document.activeElement)
        this.#forms.replaceChildren(...forms, tokenForm(device, words, api, changed))
        if (hadFocus) this.#summary.focus()
    }
}
