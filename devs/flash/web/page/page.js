/** Shows the facts about the image in `facts.json`. ESP Web Tools does the installing. */

const RESPONSE_TIMEOUT_MS = 8_000

const calendarDay = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" })

const list = document.querySelector("#facts")
const missing = document.querySelector("#missing")

try {
    show(await load("facts.json"))
} catch (error) {
    console.warn(error)
    missing.textContent = "The facts about this image cannot be loaded: the server of this page does not respond."
    missing.hidden = false
}

async function load(path) {
    const response = await fetch(path, { signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS) })
    if (!response.ok) throw new Error(`${path}: ${response.status}`)
    return response.json()
}

function show({ board, chip, firmware, hosts = [], anchors = [], sizeBytes, sha256 }) {
    if (board) document.querySelector("#title").textContent = `Install airpin on ${board}`
    addFact("Chip", chip)
    if (firmware) addFact("Firmware", firmware)
    if (hosts.length > 0) addFact("Pinned to", ...hosts)
    if (anchors.length > 0) addFact("Trusts", ...anchors.map(anchorOf))
    addFact("Image", `${(sizeBytes / 1e6).toFixed(2)} MB, SHA-256 ${sha256.slice(0, 12)}…`)
}

function addFact(name, ...values) {
    const term = document.createElement("dt")
    term.textContent = name
    list.append(term, ...values.map(detail))
}

function detail(value) {
    const element = document.createElement("dd")
    element.append(value)
    return element
}

function anchorOf({ subject, notAfter }) {
    const anchor = document.querySelector("#anchor").content.firstElementChild.cloneNode(true)
    const isOver = Date.parse(notAfter) < Date.now()
    anchor.querySelector(".subject").textContent = subject
    anchor.querySelector(".ends").append(isOver ? "ended " : "until ", timeOf(notAfter))
    anchor.classList.toggle("over", isOver)
    return anchor
}

function timeOf(iso) {
    const time = document.createElement("time")
    time.dateTime = iso
    time.textContent = calendarDay.format(new Date(iso))
    return time
}
