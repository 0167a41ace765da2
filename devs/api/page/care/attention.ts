/** What needs somebody, the worst first, as sentences with the next step. */
import type { Alert, CareData, Device } from "./care-data.ts"
import { stateOf } from "./care-data.ts"
import { brokenSensors, driftOf, signalOf } from "./device-words.ts"
import { settingLabel } from "./setting-words.ts"
import type { Words } from "./words.ts"

export interface Concern {
    /** poor: somebody has to act now; fair: soon */
    level: "poor" | "fair"
    /** what is wrong */
    text: string
    /** what to do */
    next: string
    /** where on the page: "device-kitchen", "pins" */
    target: string | undefined
    /** as the server says it, in English; for the details */
    original: string | undefined
}

/** A pin is shown so long before it ends: to flash a device takes a visit. */
const PIN_DAYS = 60
const SOON_DAYS = 14
const DAY_S = 86_400

/** A device that has posted since has not taken its settings after so long: it posts at most once in 30 hours. */
const SLOW_S = 3600

export function concernsOf(data: CareData, words: Words): Concern[] {
    const concerns = [
        ...data.alerts.filter(alert => alert.resolvedAt === null).flatMap(alert => alertConcern(alert, words)),
        ...edgeConcerns(data, words),
        ...pinConcerns(data, words),
        ...data.devices.flatMap(device => deviceConcerns(device, data, words)),
    ]
    return concerns.sort((one, other) => Number(other.level === "poor") - Number(one.level === "poor"))
}

/** Alerts that nothing else on the page shows: the others are about devices, pins and airpin renew. */
const ownKinds = ["co2", "certificate", "disk", "clock"]

function alertConcern({ kind, deviceId, deviceName, text: original }: Alert, { t }: Words): Concern[] {
    if (!ownKinds.includes(kind)) return []
    const text = t(`care.alert.${kind}`, { name: deviceName ?? "" })
    const target = deviceId === null ? undefined : `device-${deviceId}`
    return [{ level: "poor", text, next: t(`care.alertNext.${kind}`), target, original }]
}

function edgeConcerns({ edge }: CareData, { t }: Words): Concern[] {
    if (edge === null || !edge.needsAction) return []
    const refusing = edge.devices.filter(({ stand }) => stand === "refuses").length
    const what = refusing > 0 ? "refused" : edge.heldBack.length > 0 ? "heldBack" : "late"
    const text = t(`care.edge.${what}`, { count: refusing })
    return [{ level: "poor", text, next: t(`care.edgeNext.${what}`), target: "pins", original: edge.notice }]
}

function pinConcerns({ anchors, now }: CareData, { t, list, date, relative }: Words): Concern[] {
    const ending = anchors.filter(({ endsAt }) => endsAt - now < PIN_DAYS * DAY_S)
    return ending.map(({ subject, endsAt, devices }) => {
        const values = { names: list(devices.map(({ name }) => name)), subject: shortName(subject), date: date(endsAt) }
        const text =
            endsAt <= now
                ? t("care.pin.ended", values)
                : t("care.pin.ends", { ...values, relative: relative(endsAt, now) })
        const level = endsAt - now < SOON_DAYS * DAY_S ? "poor" : "fair"
        return { level, text, next: t("care.pin.next"), target: "pins", original: subject }
    })
}

/** "CN=ISRG Root X1,O=…" is "ISRG Root X1". */
export function shortName(subject: string): string {
    return /CN ?= ?([^,/+]+)/.exec(subject)?.[1]?.trim() ?? subject
}

function deviceConcerns(device: Device, data: CareData, words: Words): Concern[] {
    const { t, time, relative } = words
    const { name, lastSeenAt, settings, status } = device
    const state = stateOf(device, data)
    const about = (level: Concern["level"], what: string, next: string, original?: string): Concern => ({
        ...{ level, text: `${name}: ${what}`, next, target: `device-${device.id}`, original },
    })
    if (state === "revoked") return []
    if (state === "new") return [about("fair", t("care.new"), t("care.new.next"))]
    const drift = driftOf(device)
    const drifted =
        drift === "low" || drift === "high"
            ? [
                  about(
                      "fair",
                      t(`care.drifted.${drift}`, { ppm: device.lowestCo2?.ppm ?? 0 }),
                      t(`care.driftedNext.${drift}`),
                  ),
              ]
            : []
    if (state === "silent" && lastSeenAt !== null) {
        const values = { time: time(lastSeenAt), relative: relative(lastSeenAt, data.now) }
        return [about("poor", t("care.silent", values), t("care.silent.next"), status?.lastError), ...drifted]
    }
    const { refused = [], revision } = settings?.applied ?? {}
    const isSlow = settings !== null && revision !== settings.revision && data.now - settings.setAt > SLOW_S
    return [
        ...brokenSensors(device).map(({ name: sensor, state: how }) =>
            about("poor", t(`care.broken.${how}`, { sensor }), t(`care.brokenNext.${how}`)),
        ),
        ...drifted,
        ...(signalOf(device) === "weak"
            ? [about("fair", t("care.weak"), t("care.weak.next"), `${status?.rssi} dBm`)]
            : []),
        ...(refused.length > 0 && revision === settings?.revision
            ? [about("fair", refusedText(refused, words), t("care.refused.next"))]
            : []),
        ...(isSlow && settings !== null
            ? [about("fair", t("care.slow", { time: time(settings.setAt) }), t("care.slow.next"))]
            : []),
    ]
}

const refusedText = (names: string[], { t, list }: Words) =>
    t("care.refused", { names: list(names.map(name => settingLabel(name, t))) })
