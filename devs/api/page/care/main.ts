/** Care: the devices for the person who looks after them. */
import { startHeader } from "../shared/header.ts"
import { readPageData } from "../shared/read-page-data.ts"
import { posterCount } from "./access-words.ts"
import { concernsOf } from "./attention.ts"
import { CareApi } from "./care-api.ts"
import { type CareData, stateOf } from "./care-data.ts"
import { ConcernList } from "./concern-list.ts"
import { DeviceList } from "./device-list.ts"
import { replaceIfNew } from "./element.ts"
import { CareFollower } from "./follow-care.ts"
import { alertList, pinList, posterList, readerList } from "./lists.ts"
import { addForm } from "./token-form.ts"
import { wordsOf } from "./words.ts"

const { root, t, language, state } = readPageData<{ timeZone: string }>()
const words = wordsOf(t, language, state.timeZone)
const api = new CareApi(root)
const concernList = new ConcernList(words)
const deviceList = new DeviceList(words, language, api, () => void follower.refresh())
const follower = new CareFollower(api, { show, setAway: isAway => (place("away").hidden = !isAway) })

function place(id: string): HTMLElement {
    const found = document.getElementById(id)
    if (found === null) throw new Error(`the page has no ${id}`)
    return found
}

function show(data: CareData): void {
    const concerns = concernsOf(data, words)
    const urgent = concerns.filter(({ level }) => level !== "good").flatMap(({ devices }) => devices)
    replaceIfNew(place("summary"), summaryOf(data))
    concernList.update(concerns)
    deviceList.update(data, urgent)
    replaceIfNew(place("pin-list"), ...pinList(data, words))
    replaceIfNew(place("alert-list"), ...alertList(data.alerts, words))
    replaceIfNew(place("reader-list"), ...readerList(data, words))
    replaceIfNew(place("poster-count"), t("care.posters.count", { count: posterCount(data) }))
    replaceIfNew(place("poster-list"), ...posterList(data, words))
    openTarget()
}

function summaryOf(data: CareData): string {
    const states = data.devices.map(device => stateOf(device, data)).filter(each => each !== "revoked")
    const fine = states.filter(each => each === "fine").length
    return t("care.summary", { fine, count: states.length })
}

/** The device that the address names is opened, once, with what it is folded in. */
let opened = ""
function openTarget(): void {
    if (location.hash === opened) return
    const target = document.getElementById(location.hash.slice(1))
    if (target === null) return
    const folded = target.parentElement?.closest("details")
    if (folded) folded.open = true
    if (target instanceof HTMLDetailsElement) target.open = true
    target.scrollIntoView()
    opened = location.hash
}

startHeader(root)
place("attention").append(concernList.element)
place("device-list").append(deviceList.element)
place("add").append(addForm(words, api, () => void follower.refresh()))
addEventListener("hashchange", () => {
    opened = ""
    openTarget()
})
await follower.start(root)
