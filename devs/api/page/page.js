import { Card } from "./card.js"
import { DAY_S, STEP_S } from "./day.js"

/** Readings arrive about once a minute; this shows one soon after. */
const REFRESH_MS = 10_000
const RESPONSE_TIMEOUT_MS = 8_000

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

/** The last response, and when it was received: by the server's clock, Unix seconds, and by this browser's, ms. */
let known = { devices: [], now: 0, at: 0 }

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => cards.forEach(card => card.showDay()))
keepFresh()

async function keepFresh() {
    try {
        await refresh()
        away.hidden = true
        updated.textContent = `Updated ${clock.format(known.at)}`
    } catch (error) {
        console.warn(error)
        showAway()
    }
    setTimeout(keepFresh, REFRESH_MS)
}

async function refresh() {
    const { now, devices } = await ask("api/v1/devices")
    known = { devices: devices.filter(device => device.revokedAt === null), now, at: Date.now() }
    document.querySelector("#empty").hidden = known.devices.length > 0
    removeOthers(known.devices)
    showDevices()
    for (const device of known.devices) await refreshDay(device, now)
}

/** Shows the last values with their current age, even if the server does not respond. */
function showDevices() {
    const agedS = Math.round((Date.now() - known.at) / 1000)
    const older = item => item && { ...item, age: item.age + agedS }
    for (const device of known.devices) {
        const seenAge = device.lastSeenAt === null ? null : known.now + agedS - device.lastSeenAt
        cardOf(device).showNow({ ...device, latest: older(device.latest), status: older(device.status), seenAge })
    }
}

/** Loads the day again only if there is a newer reading or a new step has begun. */
async function refreshDay({ id, latest }, now) {
    const upTo = `${latest?.time} ${Math.floor(now / STEP_S)}`
    if (drawnUpTo.get(id) === upTo) return
    cards.get(id).showDay(await ask(`api/v1/devices/${id}/readings?from=${now - DAY_S}&to=${now}&step=${STEP_S}`))
    drawnUpTo.set(id, upTo)
}

function cardOf({ id }) {
    if (!cards.has(id)) {
        cards.set(id, new Card(id))
        document.querySelector("#devices").append(cards.get(id).element)
    }
    return cards.get(id)
}

function removeOthers(devices) {
    for (const [id, card] of cards) {
        if (devices.some(device => device.id === id)) continue
        card.element.remove()
        cards.delete(id)
        drawnUpTo.delete(id)
    }
}

async function ask(path) {
    const response = await fetch(path, { signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS) })
    if (!response.ok) throw new Error(`${path}: ${response.status}`)
    return response.json()
}

/** Says since when the server is away; set once, so that a screen reader reads it once. */
function showAway() {
    showDevices()
    if (!away.hidden) return
    const since = known.at === 0 ? "" : ` since ${clock.format(Date.now())}. These are the last values`
    away.textContent = `No response from the server${since}. Trying again every ${REFRESH_MS / 1000} seconds.`
    away.hidden = false
    updated.textContent = known.at === 0 ? "" : `Updated ${clock.format(known.at)}`
}
