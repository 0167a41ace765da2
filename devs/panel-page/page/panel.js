import { Device } from "./device.js"
import { Faults } from "./faults.js"
import { Room } from "./room.js"
import { ServerView, timeText } from "./server-view.js"
import { Sound } from "./sound.js"

const MAX_LOG_LINES = 300
const $ = selector => document.querySelector(selector)

const setup = await (await fetch("setup")).json()
const held = new Set()
const device = new Device($("#drawing"), setup, press)
const sound = setup.hasBuzzer ? new Sound($("#sound")) : undefined
const room = setup.hasRoom ? new Room($("#room"), setup.maxPeople, set => post("room", set)) : undefined
const faults = new Faults(
    $("#faults"),
    text => post("fault", { text }),
    id => post("end", { id }),
)
const server = new ServerView($("#server"), setup.server)

$("#device-name").textContent = setup.board.name
document.title = `${setup.board.name} – airpin sim`
$("#light").hidden = !setup.hasLight
showKeys()
showSpeeds()
listen()

/** @param {string} pin @param {boolean} down */
function press(pin, down) {
    if (held.has(pin) === down) return
    if (down) held.add(pin)
    else held.delete(pin)
    void post("button", { label: pin, down })
}

/** Keys 1, 2, 3 press the buttons, unless a person writes. */
function showKeys() {
    const { pins } = device
    $("#keys").hidden = pins.length === 0
    $("#keys").textContent = device.buttonNames.map((name, at) => `key ${at + 1}: button ${name}`).join(", ")
    const pinOf = event =>
        event.target.matches?.("input:not([type=range], [type=checkbox], [type=radio])")
            ? undefined
            : pins[Number(event.key) - 1]
    addEventListener("keydown", event => {
        const pin = pinOf(event)
        if (pin && !event.repeat && !event.ctrlKey && !event.metaKey && !event.altKey) press(pin, true)
    })
    addEventListener("keyup", event => {
        const pin = pins[Number(event.key) - 1]
        if (pin) press(pin, false)
    })
    addEventListener("blur", () => pins.forEach(pin => press(pin, false)))
}

function showSpeeds() {
    $("#speeds").hidden = setup.speeds.length === 0
    for (const speed of setup.speeds) {
        const button = Object.assign(document.createElement("button"), {
            type: "button",
            textContent: speed === 0 ? "Pause" : `×${speed}`,
        })
        button.dataset.speed = speed
        button.addEventListener("click", () => post("speed", { speed }))
        $("#speeds").append(button)
    }
}

function listen() {
    const events = new EventSource("events")
    const on = (name, take) => events.addEventListener(name, ({ data }) => take(JSON.parse(data)))
    on("screen", part => device.draw(part))
    on("tones", tones => sound?.play(tones))
    on("state", showState)
    on("time", ({ atMs }) => ($("#clock time").textContent = timeText(atMs)))
    on("log", showLog)
    on("server", facts => server.showFacts(facts))
    events.addEventListener("open", () => ($("#away").hidden = true))
    events.addEventListener("error", () => ($("#away").hidden = false))
}

function showState({ speed, light, pressed, room: inRoom, air, faults: running, counts }) {
    device.show(light, pressed)
    const lit = device.hasOneColorLight ? "on" : light
    $("#light output").textContent = light === "rgb(0 0 0)" ? "off" : lit
    if (inRoom) room?.show(inRoom, air)
    faults.show(running)
    server.showCounts(counts)
    for (const button of $("#speeds").querySelectorAll("button"))
        button.setAttribute("aria-pressed", String(Number(button.dataset.speed) === speed))
}

function showLog(lines) {
    const list = $("#log")
    const isAtEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 4
    for (const { atMs, text } of lines) {
        const time = Object.assign(document.createElement("time"), { textContent: timeText(atMs) })
        const item = document.createElement("li")
        item.append(time, ` ${text}`)
        list.append(item)
    }
    while (list.children.length > MAX_LOG_LINES) list.firstElementChild?.remove()
    if (isAtEnd) list.scrollTop = list.scrollHeight
}

/** Shows why the simulation refuses, if it does. */
async function post(path, body) {
    const refusal = $("#refusal")
    try {
        const headers = { "content-type": "application/json" }
        const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) })
        refusal.hidden = response.ok
        if (response.ok) return
        const { message, nextStep } = await response.json()
        refusal.textContent = `${message}. Next: ${nextStep}`
    } catch (error) {
        console.warn(error)
        $("#away").hidden = false
    }
}
