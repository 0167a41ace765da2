/** What is wrong with one device; `attention.ts` makes one sentence of all that have the same. */
import { type CareData, type Device, stateOf } from "./care-data.ts"
import { brokenSensors, driftOf, missingTexts, signalOf } from "./device-words.ts"
import { settingLabel } from "./setting-words.ts"
import type { Words } from "./words.ts"

/** poor: somebody has to act today; fair: soon; good: nothing to do, only to know */
export type ConcernLevel = "poor" | "fair" | "good"

/** In the order in which they are shown. Each has a text for many devices, care.many.KIND. */
export const concernKinds = [
    ...["silent", "absent", "failed", "selfTest", "co2", "low", "high", "new", "weak", "refused", "slow", "lost"],
] as const
export type ConcernKind = (typeof concernKinds)[number]

export interface DeviceConcern {
    kind: ConcernKind
    level: ConcernLevel
    id: string
    name: string
    /** what is wrong, after the name */
    text: string
    /** key of what to do, with forms for one and many devices */
    next: string
    /** as the device or the server says it, for the details */
    original?: string | undefined
}

/** A device that has posted since has not taken its settings after so long: it posts at most once in 30 hours. */
const SLOW_S = 3600
/** After so long it is no longer the limit of 12 changes a day that holds them up. */
const STUCK_S = 2 * 86_400

export function deviceConcerns(device: Device, data: CareData, words: Words): DeviceConcern[] {
    const state = stateOf(device, data)
    if (state === "revoked") return []
    const { id, name } = device
    const concerns =
        state === "new"
            ? [concern("new", "fair", words.t("care.new"), "care.new.next")]
            : [
                  ...(state === "silent" ? silence(device, data, words) : postingConcerns(device, data, words)),
                  ...drift(device, words),
                  ...losses(device, words),
              ]
    return concerns.map(each => ({ ...each, id, name }))
}

type Concern = Omit<DeviceConcern, "id" | "name">

const concern = (
    kind: ConcernKind,
    level: ConcernLevel,
    text: string,
    next: string,
    original?: string | undefined,
): Concern => ({ kind, level, text, next, original })

function silence({ lastSeenAt, status }: Device, { now }: CareData, { t, time, relative }: Words): Concern[] {
    if (lastSeenAt === null) return []
    const text = t("care.silent", { time: time(lastSeenAt), relative: relative(lastSeenAt, now) })
    return [concern("silent", "poor", text, "care.silent.next", status?.lastError)]
}

function postingConcerns(device: Device, { now }: CareData, words: Words): Concern[] {
    const { t, time } = words
    const { settings, status } = device
    const { refused = [], revision } = settings?.applied ?? {}
    const isTaken = revision === settings?.revision
    const waitS = settings === null || isTaken ? 0 : now - settings.setAt
    return [
        ...brokenSensors(device).map(({ name, state }) =>
            concern(state, "poor", t(`care.broken.${state}`, { sensor: name }), `care.brokenNext.${state}`),
        ),
        ...(signalOf(device) === "weak"
            ? [concern("weak", "fair", t("care.weak"), "care.weak.next", `${status?.rssi} dBm`)]
            : []),
        ...(refused.length > 0 && isTaken
            ? [concern("refused", "fair", refusedText(refused, words), "care.refused.next")]
            : []),
        ...(waitS > SLOW_S && settings !== null
            ? [
                  concern(
                      ...(["slow", waitS > STUCK_S ? "fair" : "good"] as const),
                      ...([t("care.slow", { time: time(settings.setAt) }), "care.slow.next"] as const),
                  ),
              ]
            : []),
    ]
}

const refusedText = (names: string[], { t, list }: Words) =>
    t("care.refused", { names: list(names.map(name => settingLabel(name, t))) })

function drift(device: Device, { t }: Words): Concern[] {
    const kind = driftOf(device)
    if (kind !== "low" && kind !== "high") return []
    const text = t(`care.drifted.${kind}`, { ppm: device.lowestCo2?.ppm ?? 0 })
    return [concern(kind, "fair", text, `care.driftedNext.${kind}`)]
}

function losses(device: Device, words: Words): Concern[] {
    if (device.lost === 0) return []
    const [text = ""] = missingTexts(device, words)
    // the sentence goes on
    return [concern("lost", "good", text.replace(/\.$/, ""), "care.lostNext")]
}
