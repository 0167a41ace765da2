/** What a device says about itself, in words for the person who looks after it. */
import type { Device } from "./care-data.ts"
import type { Words } from "./words.ts"

/** A label and what it is. */
export type Fact = [label: string, text: string]

/** Wi-Fi signal: from here good, and below the other weak, dBm. A device at −80 dBm loses its connection now and then. */
const GOOD_DBM = -67
const WEAK_DBM = -78

/** CO2 of outdoor air; 425 ppm on average in 2024 (NOAA Global Monitoring Laboratory). */
const OUTDOOR_PPM = 420
/** Accuracy of an SCD40 at that value: 50 ppm + 5 % (datasheet 1.7, table 1). */
const TOLERANCE_PPM = 75
/** Of a week of 168 hours; with fewer, the room may simply not have been aired yet. */
const HOURS_OF_A_WEEK = 120

type Status = NonNullable<Device["status"]>
type Sensor = NonNullable<Status["sensors"]>[string]

export function signalOf({ status }: Device): "good" | "enough" | "weak" | undefined {
    if (status?.rssi === undefined) return undefined
    return status.rssi >= GOOD_DBM ? "good" : status.rssi >= WEAK_DBM ? "enough" : "weak"
}

/** What the lowest CO2 of a week says about the sensor; undefined without CO2. */
export function driftOf({ lowestCo2 }: Device): "low" | "high" | "right" | "unknown" | undefined {
    if (lowestCo2 === null) return undefined
    const { ppm, hours } = lowestCo2
    if (ppm < OUTDOOR_PPM - TOLERANCE_PPM) return "low"
    if (ppm <= OUTDOOR_PPM + TOLERANCE_PPM) return "right"
    return hours >= HOURS_OF_A_WEEK ? "high" : "unknown"
}

/** How a sensor is, and whether somebody has to act. */
export function sensorState({ state = "ready", selfTestFailed = false }: Sensor) {
    if (state === "absent" || state === "failed") return state
    if (selfTestFailed) return "selfTest"
    return state === "ready" || state === "starting" || state === "warming" ? state : "other"
}

/** Sensors that need somebody, by name. */
export function brokenSensors({ status }: Device): { name: string; state: "absent" | "failed" | "selfTest" }[] {
    return Object.entries(status?.sensors ?? {}).flatMap(([sensor, facts]) => {
        const [name, state] = [sensor.toUpperCase(), sensorState(facts)]
        return state === "absent" || state === "failed" || state === "selfTest" ? [{ name, state }] : []
    })
}

/** In plain words; the details are in {@link technicalFacts}. @param now Unix seconds */
export function plainFacts(device: Device, words: Words, now: number): Fact[] {
    const { t } = words
    const { lastSeenAt, status } = device
    const signal = signalOf(device)
    return [
        [t("care.lastPost"), lastSeenAt === null ? t("care.never") : ago(lastSeenAt, words, now)],
        ...(signal ? [[t("care.signal"), t(`care.signal.${signal}`)] satisfies Fact] : []),
        ...runningFacts(status, words),
        [t("care.missing"), missingTexts(device, words).join(" ") || t("care.missing.none")],
        ...lowestFacts(device, words),
        ...waitingFacts(status, words),
        ...Object.entries(status?.sensors ?? {}).map(([name, sensor]): Fact => {
            const state = sensorState(sensor)
            return [t("care.sensor", { name: name.toUpperCase() }), t(`care.sensor.${state}`)]
        }),
    ]
}

export const ago = (unixS: number, words: Words, now: number): string =>
    words.t("care.ago", { time: words.time(unixS), relative: words.relative(unixS, now) })

function runningFacts(status: Device["status"], words: Words): Fact[] {
    if (status?.uptimeS === undefined) return []
    const { t } = words
    const reason = startText(status.restartReason ?? "power", words)
    return [[t("care.running"), t("care.running.since", { time: words.time(status.at - status.uptimeS), reason })]]
}

const startReasons = ["power", "uptime", "stalled", "settings"]
const startText = (reason: string, { t }: Words) =>
    t(`care.start.${startReasons.includes(reason) ? reason : "unknown"}`)

/** What charts and exports will never contain; empty if nothing is missing. */
export function missingTexts({ lost, rejected, undated, damaged, gap }: Device, { t, list }: Words): string[] {
    const reasons = { full: lost - rejected - undated - damaged, rejected, undated, damaged }
    const named = Object.entries(reasons).filter(([, count]) => count > 0)
    const texts = named.map(([reason, count]) => t(`care.lost.${reason}`, { count }))
    return [
        ...(lost > 0 ? [t("care.missing.lost", { count: lost, reasons: list(texts) })] : []),
        ...(gap > 0 ? [t("care.missing.gap", { count: gap })] : []),
    ]
}

function lowestFacts(device: Device, { t }: Words): Fact[] {
    const drift = driftOf(device)
    if (drift === undefined || device.lowestCo2 === null) return []
    const meaning = t(`care.drift.${drift}`, { outdoor: OUTDOOR_PPM })
    return [[t("care.lowest"), t("care.lowest.is", { ppm: device.lowestCo2.ppm, meaning })]]
}

function waitingFacts(status: Device["status"], { t }: Words): Fact[] {
    const count = (status?.ram ?? 0) + (status?.flash ?? 0)
    return count === 0 ? [] : [[t("care.waiting"), t("care.waiting.readings", { count })]]
}

/** The engineer's words. */
export function technicalFacts(device: Device, words: Words): Fact[] {
    const { t } = words
    const { id, status, boots, starts, settings, timeUncertaintyS } = device
    const startTexts = Object.entries(starts).map(([reason, count]) => `${count} × ${startText(reason, words)}`)
    return [
        [t("care.id"), id],
        ...(status?.rssi === undefined ? [] : [[t("care.signal"), `${status.rssi} dBm`.replace("-", "−")] as Fact]),
        [t("care.starts"), [...startTexts, t("care.boots", { count: boots })].join(", ")],
        ...(status ? uplinkFacts(status, words) : []),
        ...(timeUncertaintyS > 0 ? [[t("care.uncertain"), `± ${timeUncertaintyS} s`] as Fact] : []),
        ...(settings ? [[t("care.revision"), revisionText(settings)] as Fact] : []),
        ...Object.entries(status?.sensors ?? {}).map(([name, sensor]): Fact => [name.toUpperCase(), countsOf(sensor)]),
        ...(status && status.unread.length > 0 ? [[t("care.unread"), status.unread.join(", ")] as Fact] : []),
    ]
}

function uplinkFacts({ ram = 0, flash = 0, at, ...status }: Status, { t, time }: Words): Fact[] {
    const { handshakes = 0, handshakeFailures = 0, handshakeFailureAgeS = 0, failures = 0, lastError } = status
    const lastFailed = handshakeFailures > 0 ? `, ${time(at - handshakeFailureAgeS)}` : ""
    return [
        [t("care.memory"), `RAM ${ram}, flash ${flash}`],
        ["TLS", t("care.handshakes", { good: handshakes, failed: handshakeFailures }) + lastFailed],
        ...(lastError ? [[t("care.lastError"), `${lastError} × ${failures}`] as Fact] : []),
    ]
}

const revisionText = ({ revision, applied }: NonNullable<Device["settings"]>) =>
    `${revision} (${applied === null ? "–" : applied.revision})`

function countsOf({ state = "ready", nack = 0, crc = 0, stale = 0, range = 0, recalibrated }: Sensor): string {
    const counts = Object.entries({ NACK: nack, CRC: crc, stale, range }).filter(([, count]) => count > 0)
    const texts = counts.map(([name, count]) => `${name} ${count}`)
    return [state, ...texts, ...(recalibrated === undefined ? [] : [`FRC ${recalibrated}`])].join(", ")
}
