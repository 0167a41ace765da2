/** The form of the school's settings: it shows the site document, and stores it changed. */
import type { Site } from "../../site/site.ts"
import type { Translate } from "../shared/text.ts"

type RowKind = "hours" | "holidays"

/** @param root way to the server's root */
export function startSiteForm(form: HTMLFormElement, read: Site, root: string, t: Translate): void {
    let site = read
    for (const hours of site.lessons.hours) addRow("hours", { ...hours })
    for (const holiday of site.holidays) addRow("holidays", { ...holiday })
    for (const zone of Intl.supportedValuesOf("timeZone")) document.querySelector("#zones")?.append(new Option(zone))
    form.addEventListener("click", ({ target }) => {
        if (!(target instanceof HTMLButtonElement)) return
        const { add, fair, poor, remove } = target.dataset
        if (add === "hours" || add === "holidays") addRow(add, {}).querySelector("input")?.focus()
        if (remove !== undefined) removeRow(target)
        if (fair === undefined || poor === undefined) return
        fieldOf(form, "[name=fairPpm]").value = fair
        fieldOf(form, "[name=poorPpm]").value = poor
    })
    form.addEventListener("submit", async event => {
        event.preventDefault()
        const result = form.querySelector("#result")
        const response = await fetch(`${root}api/v1/site`, {
            method: "PUT",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(siteOf(form, site)),
        })
        const body = await response.json()
        if (response.ok) site = body
        if (result) result.textContent = response.ok ? t("school.saved") : t("school.notSaved", { why: body.message })
    })
}

function addRow(kind: RowKind, values: Record<string, string>): HTMLElement {
    const template = document.querySelector<HTMLTemplateElement>(`#${kind}-row`)
    const copy = template?.content.firstElementChild?.cloneNode(true)
    if (!(copy instanceof HTMLElement)) throw new Error(`there is no row of ${kind}`)
    for (const [name, value] of Object.entries(values)) fieldOf(copy, `[data-field=${name}]`).value = value
    document.querySelector(`#${kind}`)?.append(copy)
    return copy
}

/** The focus goes on to the row before or after it, or to the button that adds one. */
function removeRow(button: HTMLButtonElement): void {
    const row = button.closest(".row")
    const next = row?.nextElementSibling ?? row?.previousElementSibling
    const add = button.closest("fieldset")?.querySelector<HTMLButtonElement>("[data-add]")
    const target = next?.querySelector<HTMLButtonElement>("[data-remove]") ?? add
    row?.remove()
    target?.focus()
}

/** What the form says; the rest is as it was read. */
function siteOf(form: HTMLFormElement, site: Site): Site {
    const value = (from: Element, field: string) => fieldOf(from, `[data-field=${field}]`).value
    const rows = (kind: RowKind) => [...form.querySelectorAll(`#${kind} .row`)]
    const rooms = [...form.querySelectorAll<HTMLElement>("[data-room]")].map((row): [string, Site["rooms"][string]] => {
        const [fair, poor] = [value(row, "fairPpm"), value(row, "poorPpm")]
        const group = value(row, "group").trim()
        const limits = fair !== "" || poor !== "" ? { fairPpm: Number(fair), poorPpm: Number(poor) } : undefined
        return [row.dataset["room"] ?? "", { ...(group && { group }), ...(limits && { limits }) }]
    })
    return {
        ...site,
        name: fieldOf(form, "[name=name]").value,
        timeZone: fieldOf(form, "[name=timeZone]").value,
        limits: {
            fairPpm: Number(fieldOf(form, "[name=fairPpm]").value),
            poorPpm: Number(fieldOf(form, "[name=poorPpm]").value),
        },
        lessons: {
            days: [...form.querySelectorAll<HTMLInputElement>("[name=day]:checked")].map(day => Number(day.value)),
            hours: rows("hours").map(row => ({ from: value(row, "from"), to: value(row, "to") })),
        },
        holidays: rows("holidays").map(row => ({
            from: value(row, "from"),
            to: value(row, "to"),
            name: value(row, "name"),
        })),
        rooms: { ...site.rooms, ...Object.fromEntries(rooms) },
    }
}

function fieldOf(from: Element, selector: string): HTMLInputElement {
    const field = from.querySelector(selector)
    if (!(field instanceof HTMLInputElement)) throw new Error(`there is no field ${selector}`)
    return field
}
