/**
 * How a device is, in words. Takes a device of `GET /api/v1/devices`, aged by
 * `page.js`. No DOM here.
 */
import { ageWords, durationWords } from "./words.js"

/** A refused connection needs no more care after a day without another. */
const REFUSED_RECENTLY_S = 86_400

const reasons = {
    power: "switched on or reset",
    uptime: "restarted for its uptime",
    stalled: "restarted because its connection hung",
    settings: "restarted for new settings",
    unknown: "started for a reason unknown here",
}

/** What becomes of a try to send. */
const troubles = {
    "no-network": "no Wi-Fi",
    "no-connection": "no connection to the server",
    refused: "the TLS handshake failed",
    unauthorised: "the server refused the token",
    busy: "the server was busy",
    broken: "the server's answer made no sense",
    rejected: "the server refused the readings",
}

const partErrors = [
    { name: "nack", words: "not acknowledged" },
    { name: "crc", words: "with a bad check sum" },
    { name: "stale", words: "with nothing new" },
    { name: "range", words: "with an impossible value" },
]

const lossCauses = [
    { name: "rejected", words: "not taken by the server" },
    { name: "undated", words: "without a time" },
    { name: "damaged", words: "damaged in flash" },
]

/** @returns {{name: string, level: "harmless"|"unknown"|"elevated"|"unacceptable", words: string}[]} every part on the bus */
export function partWords(sensors = {}) {
    return Object.entries(sensors).map(([name, part]) => {
        const { state = "ready", selfTestFailed = false } = part
        const errors = partErrors.reduce((sum, error) => sum + (part[error.name] ?? 0), 0)
        const words = [
            selfTestFailed && state === "ready" ? "failed its own test" : state,
            ...(errors > 0 ? [countWords(errors, "error")] : []),
        ]
        return { name, level: selfTestFailed ? "unacceptable" : partLevel(state), words: words.join(", ") }
    })
}

function partLevel(state) {
    if (state === "ready") return "harmless"
    if (state === "starting" || state === "warming") return "unknown"
    return state === "absent" || state === "failed" ? "unacceptable" : "elevated"
}

/** @returns {string[]} what needs somebody's care */
export function careWords({ status, settings }) {
    return [...uplinkCare(status ?? {}), ...settingsCare(settings), ...unreadCare(status?.unread ?? [])]
}

function uplinkCare({ handshakeFailures = 0, handshakeFailureAgeS = 0, age, failures = 0, lastError }) {
    const words = []
    if (handshakeFailures > 0 && handshakeFailureAgeS + age < REFUSED_RECENTLY_S)
        words.push(
            `${countWords(handshakeFailures, "TLS connection")} refused, the last ${ageWords(handshakeFailureAgeS + age)}`,
        )
    if (failures > 0)
        words.push(
            `${countWords(failures, "try", "tries")} failed before the last post${lastError ? `: ${troubleWords(lastError)}` : ""}`,
        )
    return words
}

function settingsCare(settings) {
    if (settings === null) return []
    const { revision, applied } = settings
    const refused = applied?.refused.length > 0 ? [`Settings the device refused: ${applied.refused.join(", ")}`] : []
    return applied?.revision === revision ? refused : ["New settings wait for its next post", ...refused]
}

function unreadCare(unread) {
    return unread.length === 0 ? [] : [`Tells what this server does not know: ${unread.join(", ")}`]
}

/** @returns {[label: string, text: string][]} all there is to know */
export function factWords(device) {
    const { seenAge, status, settings } = device
    return [
        ["Last seen", seenAge === null ? "never" : ageWords(seenAge)],
        ...(status ? startFacts(device) : []),
        ["Lost", lostWords(device)],
        ...(status ? uplinkFacts(status) : []),
        ...(settings ? [["Settings", settingsWords(settings)]] : []),
        ...Object.entries(status?.sensors ?? {}).map(([name, part]) => [name.toUpperCase(), sensorWords(part)]),
    ]
}

function startFacts({ status, starts, boots }) {
    const { uptimeS, restartReason = "power" } = status
    const own =
        uptimeS === undefined
            ? []
            : [
                  ["Running for", durationWords(uptimeS)],
                  ["Last start", reasonWords(restartReason)],
              ]
    const counts = Object.entries(starts).map(([restartReason, count]) => `${count} × ${reasonWords(restartReason)}`)
    return [
        ...own,
        ["Starts", `${counts.join(", ") || "none told"}; readings of ${countWords(boots, "boot")}`],
        ["Waiting", waitingWords(status)],
    ]
}

function uplinkFacts(status) {
    const { rssi, lastError } = status
    return [
        ...(rssi === undefined ? [] : [["Wi-Fi signal", `${rssi} dBm`.replace("-", "−")]]),
        ["TLS", handshakeWords(status)],
        ...(lastError ? [["Last error", troubleWords(lastError)]] : []),
    ]
}

const reasonWords = restartReason => reasons[restartReason] ?? restartReason

function waitingWords({ ram = 0, flash = 0 }) {
    return ram + flash === 0 ? "nothing" : `${countWords(ram, "reading")} in RAM, ${flash} in flash only`
}

function handshakeWords({ handshakes = 0, handshakeFailures = 0, handshakeFailureAgeS = 0, age }) {
    const last = handshakeFailures > 0 ? `, the last ${ageWords(handshakeFailureAgeS + age)}` : ""
    return `${countWords(handshakes, "connection")}, ${handshakeFailures} refused${last}`
}

function sensorWords(part) {
    const { state = "ready", selfTestFailed = false, recalibrated } = part
    const errors = partErrors.filter(({ name }) => part[name] > 0).map(({ name, words }) => `${part[name]} ${words}`)
    return [
        state,
        ...(selfTestFailed ? ["failed its own test"] : []),
        ...errors,
        ...recalibrationWords(recalibrated),
    ].join(", ")
}

function recalibrationWords(recalibrated) {
    if (recalibrated === undefined) return []
    return [
        typeof recalibrated === "number"
            ? `recalibrated by ${recalibrated} ppm`.replace("-", "−")
            : `recalibration ${recalibrated}`,
    ]
}

function lostWords(device) {
    const { lost, gap } = device
    const causes = lossCauses
        .filter(({ name }) => device[name] > 0)
        .map(({ name, words }) => `${device[name]} ${words}`)
    const others = lost - lossCauses.reduce((sum, { name }) => sum + device[name], 0)
    if (others > 0) causes.push(`${others} for want of room`)
    if (gap > 0) causes.push(`${gap} missing around power cuts`)
    return causes.join(", ") || "nothing"
}

function settingsWords({ revision, desired, applied }) {
    const values = Object.entries(desired)
        .map(([name, value]) => `${name} ${value}`)
        .join(", ")
    return `${values} (revision ${revision}, ${applied?.revision === revision ? "applied" : "not applied yet"})`
}

/** "no-connection:name" */
function troubleWords(lastError) {
    const [state, reason] = lastError.split(":")
    return `${troubles[state] ?? state}${reason ? ` (${reason})` : ""}`
}

function countWords(count, one, more = `${one}s`) {
    return `${count} ${count === 1 ? one : more}`
}
