/** Name and token of a device. */
import { act, outcomeElement, showToken } from "./action.ts"
import type { CareApi } from "./care-api.ts"
import type { Device } from "./care-data.ts"
import { element } from "./element.ts"
import type { Words } from "./words.ts"

const MAX_NAME_LENGTH = 64

const nameInput = (value: string) =>
    element("input", { name: "name", value, maxlength: MAX_NAME_LENGTH, required: true, autocomplete: "off" })

/** @param changed called once something was changed */
export function tokenForm(device: Device, words: Words, api: CareApi, changed: () => void): HTMLElement {
    const { t } = words
    const { id, name } = device
    const outcome = outcomeElement()
    const token = element("div", { class: "token", hidden: true })
    const input = nameInput(name)
    const rename = element(
        "form",
        { class: "line" },
        element("label", {}, element("span", {}, t("care.name")), input),
        element("button", { type: "submit" }, t("care.rename")),
    )
    rename.addEventListener("submit", async event => {
        event.preventDefault()
        if (await act(words, outcome, t("care.renamed"), () => api.rename(id, input.value))) changed()
    })
    const renew = element("button", { type: "button" }, t("care.token.renew"))
    renew.addEventListener("click", async () => {
        if (!confirm(t("care.token.renewQuestion", { name }))) return
        const work = async () => showToken(words, token, (await api.renewToken(id)).token)
        if (await act(words, outcome, t("care.token.renewed"), work)) changed()
    })
    const revoke = element("button", { type: "button", class: "danger" }, t("care.token.revoke"))
    revoke.addEventListener("click", async () => {
        if (!confirm(t("care.token.revokeQuestion", { name }))) return
        if (await act(words, outcome, t("care.token.revoked"), () => api.revoke(id))) changed()
    })
    const buttons = element("p", { class: "line" }, renew, ...(device.revokedAt === null ? [revoke] : []))
    const heading = element("h3", {}, t("care.token"))
    return element(
        "section",
        {},
        heading,
        rename,
        element("p", { class: "quiet" }, t("care.token.what")),
        buttons,
        token,
        outcome,
    )
}

/** Adds a device. @param changed called once it is there */
export function addForm(words: Words, api: CareApi, changed: () => void): HTMLElement {
    const { t } = words
    const input = nameInput("")
    const outcome = outcomeElement()
    const token = element("div", { class: "token", hidden: true })
    const form = element(
        "form",
        { class: "line" },
        element("label", {}, element("span", {}, t("care.add.name")), input),
        element("button", { type: "submit", class: "primary" }, t("care.add.button")),
    )
    form.addEventListener("submit", async event => {
        event.preventDefault()
        const work = async () => showToken(words, token, (await api.add(input.value)).token)
        if (!(await act(words, outcome, t("care.add.done"), work))) return
        form.reset()
        changed()
    })
    return element("div", {}, form, token, outcome)
}
