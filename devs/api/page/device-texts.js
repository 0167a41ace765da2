/**
 * The state of a device in text. Takes a device of `GET /api/v1/devices` with
 * the ages of `page.js`. Does not touch the DOM, so that tests can import it.
 */
import { ageText, durationText } from "./duration.js"
import { lossTexts, sensorErrorTerms, startTerms, termOf, uplinkErrorTerms } from "./terms.js"

/** A failed TLS handshake is shown as a warning for a day. */
const HANDSHAKE_WARNING_S = 86_400

/**
 * Every sensor on the bus.
 *
 * @returns {{name: string, level: "harmless"|"unknown"|"elevated"|"unacceptable", text: string}[]}
 */
export function sensorSummaries(sensors = {}) {
    return Object.entries(sensors).map(([name, sensor]) => {
        const { state = "ready", selfTestFailed = false } = sensor
        const errors = Object.keys(sensorErrorTerms).reduce((sum, error) => sum + (sensor[error] ?? 0), 0)
        const texts = [
            selfTestFailed && state === "ready" ? "failed its self-test" : state,
            ...(errors > 0 ? [countText(errors, "error")] : []),
        ]
        return { name, level: selfTestFailed ? "unacceptable" : sensorLevel(state), text: texts.join(", ") }
    })
}

function sensorLevel(state) {
    if (state === "ready") return "harmless"
    if (state === "starting" || state === "warming") return "unknown"
    return state === "absent" || state === "failed" ? "unacceptable" : "elevated"
}

/** @returns {string[]} what needs attention */
export function warningTexts({ status, settings }) {
    return [...uplinkWarnings(status ?? {}), ...settingsWarnings(settings), ...unreadWarnings(status?.unread ?? [])]
}

function uplinkWarnings({ handshakeFailures = 0, handshakeFailureAgeS = 0, age, failures = 0, lastError }) {
    const texts = []
    if (handshakeFailures > 0 && handshakeFailureAgeS + age < HANDSHAKE_WARNING_S)
        texts.push(
            `${countText(handshakeFailures, "TLS handshake")} failed, the last ${ageText(handshakeFailureAgeS + age)}`,
        )
    if (failures > 0)
        texts.push(
            `${countText(failures, "attempt")} failed before the last post${lastError ? `: ${uplinkErrorText(lastError)}` : ""}`,
        )
    return texts
}

function settingsWarnings(settings) {
    if (settings === null) return []
    const { revision, applied } = settings
    const refused =
        applied?.refused.length > 0 ? [`The device refused these settings: ${applied.refused.join(", ")}`] : []
    return applied?.revision === revision ? refused : ["The device receives new settings at its next post", ...refused]
}

function unreadWarnings(unread) {
    return unread.length === 0 ? [] : [`The status has parts that this server does not know: ${unread.join(", ")}`]
}

/** @returns {[label: string, text: string][]} everything known about the device */
export function factTexts(device) {
    const { seenAge, status, settings } = device
    return [
        ["Last seen", seenAge === null ? "never" : ageText(seenAge)],
        ...(status ? startFacts(device) : []),
        ["Lost", lostText(device)],
        ...(status ? uplinkFacts(status) : []),
        ...(settings ? [["Settings", settingsText(settings)]] : []),
        ...Object.entries(status?.sensors ?? {}).map(([name, sensor]) => [name.toUpperCase(), sensorText(sensor)]),
    ]
}

function startFacts({ status, starts, boots }) {
    const { uptimeS, restartReason = "power" } = status
    const own =
        uptimeS === undefined
            ? []
            : [
                  ["Running for", durationText(uptimeS)],
                  ["Last start", termOf(startTerms, restartReason)],
              ]
    const counts = Object.entries(starts).map(
        ([restartReason, count]) => `${count} × ${termOf(startTerms, restartReason)}`,
    )
    return [
        ...own,
        ["Starts", `${counts.join(", ") || "none reported"}; readings of ${countText(boots, "boot")}`],
        ["Waiting", waitingText(status)],
    ]
}

function uplinkFacts(status) {
    const { rssi, lastError } = status
    return [
        ...(rssi === undefined ? [] : [["Wi-Fi signal", `${rssi} dBm`.replace("-", "−")]]),
        ["TLS", handshakeText(status)],
        ...(lastError ? [["Last error", uplinkErrorText(lastError)]] : []),
    ]
}

function waitingText({ ram = 0, flash = 0 }) {
    return ram + flash === 0 ? "nothing" : `${countText(ram, "reading")} in RAM, ${flash} in flash only`
}

function handshakeText({ handshakes = 0, handshakeFailures = 0, handshakeFailureAgeS = 0, age }) {
    const last = handshakeFailures > 0 ? `, the last ${ageText(handshakeFailureAgeS + age)}` : ""
    return `${countText(handshakes, "handshake")}, ${handshakeFailures} failed${last}`
}

function sensorText(sensor) {
    const { state = "ready", selfTestFailed = false, recalibrated } = sensor
    const errors = Object.entries(sensorErrorTerms)
        .filter(([error]) => sensor[error] > 0)
        .map(([error, text]) => `${sensor[error]} ${text}`)
    return [
        state,
        ...(selfTestFailed ? ["failed its self-test"] : []),
        ...errors,
        ...recalibrationTexts(recalibrated),
    ].join(", ")
}

function recalibrationTexts(recalibrated) {
    if (recalibrated === undefined) return []
    return [
        typeof recalibrated === "number"
            ? `recalibrated by ${recalibrated} ppm`.replace("-", "−")
            : `recalibration ${recalibrated}`,
    ]
}

function lostText(device) {
    const { gap } = device
    return [...lossTexts(device), ...(gap > 0 ? [`${gap} missing around power cuts`] : [])].join(", ") || "nothing"
}

function settingsText({ revision, desired, applied }) {
    const values = Object.entries(desired)
        .map(([name, value]) => `${name} ${value}`)
        .join(", ")
    return `${values} (revision ${revision}, ${applied?.revision === revision ? "applied" : "not applied yet"})`
}

/** @param {string} lastError state and reason of the uplink, "no-connection:name" */
function uplinkErrorText(lastError) {
    const [state, reason] = lastError.split(":")
    return `${termOf(uplinkErrorTerms, state)}${reason ? ` (${reason})` : ""}`
}

function countText(count, noun) {
    return `${count} ${noun}${count === 1 ? "" : "s"}`
}

/** What charts and exports will never contain, in short; "" when nothing is missing. */
export function missingText({ lost, gap }) {
    const texts = []
    if (lost > 0) texts.push(`${countText(lost, "reading")} lost on the device`)
    if (gap > 0) texts.push(`${lost > 0 ? gap : countText(gap, "reading")} missing around power cuts`)
    return texts.join(", ")
}
