/** Flashes the devices of a list by Web Serial. The computer's airpin keeps which chip is which device. */
import { ESPLoader, Transport } from "./esptool-js.js"

const REFRESH_MS = 2_000
const RESPONSE_TIMEOUT_MS = 30_000
const BAUD = 460_800
/** The ROM's own. */
const ROM_BAUD = 115_200
/** An erase of the largest block, or seven attempts of a reset, take less. */
const STALLED_MS = 45_000
const CLOSE_TIMEOUT_MS = 2_000
const CHECK_MS = 250
/** How long RTS keeps the chip's reset low, as esptool does. */
const RESET_MS = 100
/** Silicon Labs, WCH, FTDI, Espressif: `vendors` of devs/flash/serial-port.ts. */
const filters = [0x10c4, 0x1a86, 0x0403, 0x303a].map(usbVendorId => ({ usbVendorId }))

const stateTexts = {
    open: "not flashed",
    interrupted: "interrupted",
    flashed: "flashed and verified; no reading yet",
    posted: "first reading arrived",
}

const list = document.querySelector("#devices")
/** by device id */
const rows = new Map()

if (!navigator.serial) document.querySelector("#unsupported").hidden = false
await refresh()

async function refresh() {
    try {
        show(await ask("devices"))
        document.querySelector("#away").hidden = true
    } catch (error) {
        console.info(error)
        document.querySelector("#away").hidden = false
    }
    setTimeout(refresh, REFRESH_MS)
}

function show({ list: file, labels, devices }) {
    document.querySelector("#list").textContent = file
    showLabels(labels)
    for (const device of devices) rowOf(device).update(device)
    const flashed = devices.filter(({ state }) => state === "flashed" || state === "posted").length
    const posted = devices.filter(({ state }) => state === "posted").length
    const text = `${flashed} of ${devices.length} flashed, ${posted} have posted`
    const count = document.querySelector("#count")
    if (count.textContent !== text) count.textContent = text // it is read aloud
    document.querySelector("#done").value = flashed / devices.length
}

function showLabels(sheets) {
    const place = document.querySelector("#labels")
    if (place.childElementCount > 0 || sheets === 0) return
    const links = Array.from({ length: sheets }, (_, at) => {
        const link = document.createElement("a")
        link.href = link.download = `labels-${at + 1}.svg`
        link.textContent = sheets === 1 ? "Labels to print" : `sheet ${at + 1}`
        return [at === 0 ? "" : ", ", link]
    })
    place.append(sheets === 1 ? "" : "Labels to print: ", ...links.flat())
}

function rowOf({ id }) {
    if (!rows.has(id)) rows.set(id, new Row())
    return rows.get(id)
}

class Row {
    element = document.querySelector("#device").content.firstElementChild.cloneNode(true)
    button = this.element.querySelector("button")
    isBusy = false
    /** when something happened last */
    activeAtMs = 0
    /** what was asked about, and is to be done all the same with the next click */
    offered

    constructor() {
        list.append(this.element)
        this.button.addEventListener("click", () => this.click())
        this.button.disabled = !navigator.serial
    }

    update(device) {
        this.device = device
        const { name, group, board, mac, state } = device
        this.element.querySelector("h2").textContent = name
        this.element.querySelector(".who p").textContent = [group, board, mac].filter(Boolean).join(" · ")
        if (this.isBusy) return
        this.element.dataset.state = state
        this.element.querySelector(".state").textContent = stateTexts[state]
        const again = state === "flashed" || state === "posted"
        this.button.textContent = this.offered ? "Flash it all the same" : again ? "Flash again" : "Flash"
        this.button.setAttribute("aria-label", `${this.button.textContent}: ${name}`)
    }

    async click() {
        const { offered } = this
        this.begin()
        try {
            const port = offered ?? (await navigator.serial.requestPort({ filters }))
            const transport = new Transport(port)
            try {
                await Promise.race([this.flash(transport, offered !== undefined), this.whenLost(port)])
            } finally {
                // of a port that was unplugged, esptool-js waits for ever
                await Promise.race([transport.disconnect().catch(() => undefined), pause(CLOSE_TIMEOUT_MS)])
            }
            this.end()
            focusNext()
        } catch (error) {
            this.fail(error)
        }
    }

    async flash(transport, replace) {
        this.say("Waiting for the chip …")
        const loader = new ESPLoader({ transport, baudrate: BAUD, romBaudrate: ROM_BAUD, terminal: silence })
        await loader.main()
        const chip = loader.chip.CHIP_NAME.toLowerCase().replaceAll("-", "")
        const claim = { chip, mac: await loader.chip.readMac(loader), replace }
        const { address, md5, sha256 } = await this.ask("chip", claim).catch(error => {
            if (error.overrulable) this.offered = transport.device
            throw error
        })
        this.say(`Writing: stick the label of ${this.device.name} on this one`)
        await loader.writeFlash({
            fileArray: [{ data: await image(this.device), address }],
            flashMode: "keep",
            flashFreq: "keep",
            flashSize: "keep",
            eraseAll: false,
            compress: true,
            reportProgress: (_, written, total) => this.progress(written / total),
            calculateMD5Hash: () => md5,
        })
        await restart(transport.device)
        this.update(await this.ask("flashed", { sha256 }))
    }

    /** Rejects when the port is unplugged, or when nothing happens for long, which esptool-js does not notice. */
    async whenLost(port) {
        let isUnplugged = false
        port.addEventListener("disconnect", () => (isUnplugged = true), { once: true })
        while (this.isBusy) {
            await pause(CHECK_MS)
            if (isUnplugged) throw new DOMException("The device has been lost.", "NetworkError")
            if (performance.now() - this.activeAtMs > STALLED_MS) throw new Error("The chip has stopped to respond")
        }
    }

    ask(what, body) {
        return ask(`devices/${this.device.id}/${what}`, body)
    }

    begin() {
        this.isBusy = true
        this.offered = undefined
        this.button.disabled = true
        this.element.dataset.state = "busy"
        this.element.querySelector(".state").textContent = "working"
        this.message("", false)
    }

    say(text) {
        this.message(text, false)
    }

    progress(part) {
        this.activeAtMs = performance.now()
        const bar = this.element.querySelector("progress")
        bar.hidden = false
        bar.value = part
        this.element.querySelector(".state").textContent = `${Math.floor(100 * part)} %`
    }

    end() {
        this.isBusy = false
        this.button.disabled = false
        this.element.querySelector("progress").hidden = true
        this.message("", false)
        this.update(this.device)
    }

    fail(error) {
        this.end()
        this.button.focus()
        this.message(reason(error), true)
    }

    message(text, isError) {
        this.activeAtMs = performance.now()
        const place = this.element.querySelector(".message")
        place.textContent = text
        place.hidden = text === ""
        place.classList.toggle("refusal", isError)
    }
}

/** Enter then flashes the next one. */
function focusNext() {
    const open = [...rows.values()].find(
        ({ device, isBusy }) => !isBusy && device.state !== "flashed" && device.state !== "posted",
    )
    open?.button.focus()
}

async function image({ id }) {
    const response = await request(`devices/${id}/image`)
    return new Uint8Array(await response.arrayBuffer())
}

/** Not with esptool-js, whose reset changes both lines. Native USB has gone by the second one. */
async function restart(port) {
    await port.setSignals({ dataTerminalReady: false, requestToSend: true }).catch(() => undefined)
    await pause(RESET_MS)
    await port.setSignals({ requestToSend: false }).catch(() => undefined)
}

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

async function ask(path, body) {
    return (await request(path, body)).json()
}

async function request(path, body) {
    const response = await fetch(path, {
        signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS),
        ...(body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    })
    if (response.ok) return response
    const refusal = await response.json().catch(() => ({}))
    throw Object.assign(new Error(refusal.message ?? `${path}: ${response.status}`), refusal)
}

function reason(error) {
    const { name, message, code, nextStep } = error
    if (nextStep) return `${message} [${code}]. Next: ${nextStep}`
    if (name === "NotFoundError") return "No port was chosen. Is the device plugged in, with a cable that carries data?"
    if (name === "InvalidStateError" || /already open/.test(message))
        return "Its port is in use: by another row, another tab or another program."
    if (/MD5/.test(message))
        return "What the chip has is not what was written to it. Click again; if it stays so, use another cable."
    if (name === "NetworkError" || /disconnected|device has been lost/i.test(message))
        return "It was unplugged. Plug it in and click again: an interrupted run does no harm."
    return `${message || name}. Unplug it, plug it in, and click again.`
}

/** A terminal that shows nothing. */
const silence = { clean: () => undefined, write: () => undefined, writeLine: () => undefined }
