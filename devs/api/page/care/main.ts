/** Care: the devices for the person who looks after them. */
import { startHeader } from "../shared/header.ts"
import { readPageData } from "../shared/read-page-data.ts"
import { concernsOf } from "./attention.ts"
import { CareApi } from "./care-api.ts"
import type { CareData } from "./care-data.ts"
import { DeviceCard } from "./device-card.ts"
import { replaceIfNew } from "./element.ts"
import { alertList, concernList, pinList } from "./lists.ts"
import { addForm } from "./token-form.ts"
import { wordsOf } from "./words.ts"

const REFRESH_MS = 10_000

const { root, t, language, state } = readPageData<{ timeZone: string }>()
const words = wordsOf(t, language, state.timeZone)
const api = new CareApi(root)
const cards = new Map<string, DeviceCard>()

function place(id: string): HTMLElement {
    const found = document.getElementById(id)
    if (found === null) throw new Error(`the page has no ${id}`)
    return found
}

function show(data: CareData): void {
    const concerns = concernsOf(data, words)
    replaceIfNew(place("attention"), concernList(concerns, words))
    replaceIfNew(place("pin-list"), ...pinList(data, words))
    replaceIfNew(place("alert-list"), ...alertList(data.alerts, words))
    const wanted = data.devices.toSorted(
        (one, other) =>
            Number(one.revokedAt !== null) - Number(other.revokedAt !== null) ||
            one.name.localeCompare(other.name, language, { numeric: true }),
    )
    for (const device of wanted) {
        const known = cards.get(device.id)
        if (known) known.update(device, data)
        else cards.set(device.id, new DeviceCard(device, data, words, api, () => void refresh()))
    }
    const elements = wanted.flatMap(({ id }) => cards.get(id)?.element ?? [])
    const list = place("device-list")
    if (elements.some((element, at) => list.children[at] !== element)) list.replaceChildren(...elements)
    openTarget()
}

/** The device that the address names is opened, once. */
let opened = ""
function openTarget(): void {
    if (location.hash === opened) return
    const target = document.getElementById(location.hash.slice(1))
    if (target instanceof HTMLDetailsElement) target.open = true
    target?.scrollIntoView()
    if (target) opened = location.hash
}

async function refresh(): Promise<void> {
    try {
        show(await api.read())
        place("away").hidden = true
    } catch {
        place("away").hidden = false
    }
}

startHeader(root)
place("add").append(addForm(words, api, () => void refresh()))
addEventListener("hashchange", () => {
    opened = ""
    openTarget()
})
await refresh()
setInterval(() => void refresh(), REFRESH_MS)
