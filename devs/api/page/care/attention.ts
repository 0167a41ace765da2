/** What needs somebody, the worst first, as sentences with the next step: one for all devices that have the same. */
import type { Alert, CareData } from "./care-data.ts"
import { type ConcernLevel, concernKinds, type DeviceConcern, deviceConcerns } from "./device-concerns.ts"
import type { Words } from "./words.ts"

/** Text, or a link to a place on the page: "device-kitchen", "pins". */
export type Part = string | { text: string; target: string }

export interface Concern {
    /** tells it from the others, whatever its text */
    key: string
    level: ConcernLevel
    /** what is wrong */
    parts: Part[]
    /** what to do */
    next: string
    /** ids of the devices that it is about */
    devices: string[]
    /** what each of several devices says: its name as a link, and the rest */
    each: Part[][]
    /** as the server says it, in English; for the details */
    original: string | undefined
}

/** A pin is shown so long before it ends: to flash a device takes a visit. */
const PIN_DAYS = 60
const SOON_DAYS = 14
const DAY_S = 86_400

/** Devices that a sentence names. */
const MAX_NAMED = 8

/** If so many devices are silent, and half of all: something that they share is broken. */
const MIN_SILENT_TOGETHER = 3

const levels: ConcernLevel[] = ["poor", "fair", "good"]

/** Stands for names in a text until they are links; no text has it. */
const NAMES = "\0"

export function concernsOf(data: CareData, words: Words): Concern[] {
    const open = data.alerts.filter(({ resolvedAt }) => resolvedAt === null)
    const ofDevices = [
        ...open.flatMap(alert => airConcern(alert, words)),
        ...data.devices.flatMap(device => deviceConcerns(device, data, words)),
    ]
    const concerns = [
        ...open.flatMap(alert => serverConcern(alert, words)),
        ...edgeConcerns(data, words),
        ...pinConcerns(data, words),
        ...concernKinds.flatMap(kind =>
            levels.flatMap(level =>
                together(
                    ofDevices.filter(each => each.kind === kind && each.level === level),
                    data,
                    words,
                ),
            ),
        ),
    ]
    return concerns.sort((one, other) => levels.indexOf(one.level) - levels.indexOf(other.level))
}

/** The sentence without its links. */
export const textOf = (parts: Part[]): string =>
    parts.map(part => (typeof part === "string" ? part : part.text)).join("")

/** Alerts that nothing else on the page shows: the others are about devices, pins and airpin renew. */
const serverKinds = ["certificate", "disk", "clock"]

function serverConcern({ kind, text: original }: Alert, { t }: Words): Concern[] {
    if (!serverKinds.includes(kind)) return []
    const [parts, next] = [[t(`care.alert.${kind}`)], t(`care.alertNext.${kind}`)]
    return [{ ...ofServer, key: kind, level: "poor", parts, next, original }]
}

const ofServer = { devices: [], each: [] }

function airConcern({ kind, deviceId: id, deviceName, text: original }: Alert, { t }: Words): DeviceConcern[] {
    if (kind !== "co2" || id === null) return []
    return [{ kind, level: "poor", id, name: deviceName ?? id, text: t("care.air"), next: "care.air.next", original }]
}

function edgeConcerns({ edge }: CareData, { t }: Words): Concern[] {
    if (edge === null || !edge.needsAction) return []
    const refusing = edge.devices.filter(({ stand }) => stand === "refuses").length
    const what = refusing > 0 ? "refused" : edge.heldBack.length > 0 ? "heldBack" : "late"
    const text = t(`care.edge.${what}`, { count: refusing })
    const parts = [{ text, target: "pins" }]
    const next = t(`care.edgeNext.${what}`)
    return [{ ...ofServer, key: "edge", level: "poor", parts, next, original: edge.notice }]
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
        const parts = [{ text, target: "pins" }]
        return { ...ofServer, key: `pin ${subject}`, level, parts, next: t("care.pin.next"), original: subject }
    })
}

/** "CN=ISRG Root X1,O=…" is "ISRG Root X1". */
export function shortName(subject: string): string {
    return /CN ?= ?([^,/+]+)/.exec(subject)?.[1]?.trim() ?? subject
}

/** One sentence for the devices that have the same. */
function together(concerns: DeviceConcern[], data: CareData, words: Words): Concern[] {
    const [first] = concerns
    if (first === undefined) return []
    const { kind, level } = first
    const count = concerns.length
    const next = isShared(concerns, data) ? "care.silent.nextMany" : first.next
    const devices = [...new Set(concerns.map(({ id }) => id))]
    const shared = { key: `${kind} ${level}`, level, next: words.t(next, { count }), devices }
    if (count === 1) return [{ ...shared, parts: sentenceOf(first), each: [], original: first.original }]
    const text = words.t(`care.many.${kind}`, { count, names: NAMES })
    const [before = "", after = ""] = text.split(NAMES)
    const parts = [before, ...namesOf(concerns, words), after].filter(part => part !== "")
    const each = concerns.map(one => [...sentenceOf(one), ...(one.original ? [` (${one.original})`] : [])])
    return [{ ...shared, parts, each, original: undefined }]
}

const sentenceOf = ({ name, id, text }: DeviceConcern): Part[] => [{ text: name, target: `device-${id}` }, `: ${text}`]

function namesOf(concerns: DeviceConcern[], { listParts }: Words): Part[] {
    const byId = new Map(concerns.map(({ id, name }) => [id, name]))
    const ids = [...byId.keys()]
    return listParts([...byId.values()], MAX_NAMED).map(({ text, at }) =>
        at === undefined ? text : { text, target: `device-${ids[at]}` },
    )
}

function isShared(silent: DeviceConcern[], { devices }: CareData): boolean {
    if (silent[0]?.kind !== "silent" || silent.length < MIN_SILENT_TOGETHER) return false
    return silent.length * 2 >= devices.filter(({ revokedAt }) => revokedAt === null).length
}
