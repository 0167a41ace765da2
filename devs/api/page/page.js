import { askDevices, askReadings, askSession, listen } from "./api.js"
import { Card } from "./card.js"
import { DAY_S, STEP_S } from "./day.js"
import { watchEdge } from "./edge.js"
import { watchReady } from "./ready.js"

/** How often ages are shown anew; without the stream of changes, also how often the server is asked. */
const REFRESH_MS = 10_000

/** The stream has an event at least every 10 s. */
const SILENT_MS = 25_000

const clock = new Intl.DateTimeFormat(undefined, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
})
const updated = document.querySelector("#updated")
const away = document.querySelector("#away")

/** Cards by device id, and the time of the reading each chart ends with. */
const cards = new Map()
const drawnUpTo = new Map()

/** Devices by id, each with the time of its last news: by the server's clock, Unix seconds, and by this browser's, ms. */
const known = new Map()

/** When the server last responded, ms; 0 before. */
let heardAt = 0

/** The stream; null until it is opened again. */
let stream = null
/** True from an event of the stream on until it breaks off or falls silent. */
let isLive = false

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => cards.forEach(card => card.showDay()))
openStream()
setInterval(keepFresh, REFRESH_MS)
watchReady(document.querySelector("#unready"))
showSession().catch(console.warn)

function openStream() {
    stream?.close()
    stream = listen({
        onDevices: (_now, ids) => keepOnly(ids),
        onDevice: (now, device) => void take(device, now).catch(console.warn),
        onEvent: () => {
            isLive = true
            showHeard()
        },
        onError: () => {
            isLive = false
            void keepFresh()
        },
    })
}

/** Shows current ages; asks the server, and opens the stream anew, unless it is live. */
async function keepFresh() {
    if (isLive && Date.now() - heardAt < SILENT_MS) return showDevices()
    isLive = false
    try {
        const { now, devices } = await askDevices()
        keepOnly(devices.map(({ id }) => id))
        for (const device of devices) await take(device, now)
        showHeard()
        if (!isLive) openStream()
    } catch (error) {
        console.warn(error)
        if (!isLive) showAway()
    }
}

async function take(device, now) {
    if (device.revokedAt !== null) return remove(device.id)
    known.set(device.id, { device, now, at: Date.now() })
    document.querySelector("#empty").hidden = true
    showDevice(known.get(device.id))
    await refreshDay(device, now)
}

function showHeard() {
    heardAt = Date.now()
    away.hidden = true
    updated.textContent = `Updated ${clock.format(heardAt)}`
    document.querySelector("#empty").hidden = known.size > 0
}

function showDevices() {
    for (const entry of known.values()) showDevice(entry)
}

/** Shows the last values with their current age, even if the server does not respond. */
function showDevice({ device, now, at }) {
    const agedS = Math.round((Date.now() - at) / 1000)
    const older = item => item && { ...item, age: item.age + agedS }
    const seenAge = device.lastSeenAt === null ? null : now + agedS - device.lastSeenAt
    cardOf(device).showNow({ ...device, latest: older(device.latest), status: older(device.status), seenAge })
}

/** Loads the day again only if there is a newer reading or a new step has begun. */
async function refreshDay({ id, latest }, now) {
    const upTo = `${latest?.time} ${Math.floor(now / STEP_S)}`
    if (drawnUpTo.get(id) === upTo) return
    drawnUpTo.set(id, upTo)
    try {
        const day = await askReadings(id, { from: now - DAY_S, to: now, step: STEP_S })
        cards.get(id)?.showDay(day)
    } catch (error) {
        drawnUpTo.delete(id)
        throw error
    }
}

function cardOf({ id }) {
    if (!cards.has(id)) {
        const card = new Card(id)
        cards.set(id, card)
        const next = [...cards.keys()].sort().find(other => other > id)
        document.querySelector("#devices").insertBefore(card.element, next ? cards.get(next).element : null)
    }
    return cards.get(id)
}

function keepOnly(ids) {
    for (const id of cards.keys()) if (!ids.includes(id)) remove(id)
}

function remove(id) {
    cards.get(id)?.element.remove()
    for (const map of [cards, known, drawnUpTo]) map.delete(id)
}

/** Says since when the server is away; set once, so that a screen reader reads it once. */
function showAway() {
    showDevices()
    if (!away.hidden) return
    const since = heardAt === 0 ? "" : ` since ${clock.format(Date.now())}. These are the last values`
    away.textContent = `No response from the server${since}. Trying again every ${REFRESH_MS / 1000} seconds.`
    away.hidden = false
    updated.textContent = heardAt === 0 ? "" : `Updated ${clock.format(heardAt)}`
}

/** The log-out for those who are logged in or have opened a link; for an admin the way to the links, and the edge. */
async function showSession() {
    const { role } = await askSession()
    const session = document.querySelector("#session")
    session.hidden = !["viewer", "admin"].includes(role)
    session.querySelector("a").hidden = role !== "admin"
    if (role === "admin") watchEdge(document.querySelector("#edge"))
}
