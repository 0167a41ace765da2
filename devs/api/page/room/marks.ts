/** What happened in a room, as marks of the chart and as sentences. Does not touch the DOM. */
import type { Airing, Gap, Restart, RoomEvents } from "../../insights/records.ts"
import type { Co2Limits } from "../../site/site.ts"
import { timeText, type Words } from "../shared/format.ts"

export type MarkKind = "airing" | "restart" | "calibration" | "gap"

/** Drawn in the chart, and in front of each sentence. */
export const symbols: Record<MarkKind, string> = { airing: "▼", restart: "↻", calibration: "◆", gap: "▨" }

export interface Mark {
    kind: MarkKind
    /** Unix s; `to` is later only for a gap and an airing */
    from: number
    to: number
    text: string
}

export interface Range {
    from: number
    to: number
}

/** By the reasons of a restart that devices report; "uptime" and "stalled" are the device's own. */
const restartTexts: Record<string, string> = {
    power: "room.startedPower",
    uptime: "room.startedItself",
    stalled: "room.startedItself",
    settings: "room.startedSettings",
}

/**
 * The newest first.
 *
 * @param chartGaps gaps in the means: all that is known of a range that is too long for the gaps in the readings
 */
export function marksOf(events: RoomEvents, chartGaps: Range[], now: number, words: Words): Mark[] {
    const { t } = words
    const time = (atS: number) => timeText(atS, now, words)
    const known = events.gaps ?? []
    const isKnown = ({ from, to }: Range) => known.some(gap => gap.from < to && (gap.to ?? now) > from)
    const gaps = [...known, ...chartGaps.filter(gap => !isKnown(gap))]
    const marks = [
        ...(events.airings ?? []).map(airing => ({
            ...{ kind: "airing" as const, from: airing.from, to: airing.to },
            text: t("room.airing", { from: time(airing.from), ...airingValues(airing) }),
        })),
        ...gaps.map(gap => ({
            ...{ kind: "gap" as const, from: gap.from, to: gap.to ?? now },
            text: t(gapText(gap), { from: time(gap.from), to: time(gap.to ?? now) }),
        })),
        ...(events.restarts ?? [])
            .filter(restart => restart.reason !== null || !endsGap(restart, gaps))
            .map(({ at, reason }) => ({
                ...{ kind: "restart" as const, from: at, to: at },
                text: t(restartTexts[reason ?? ""] ?? "room.started", { time: time(at) }),
            })),
        ...events.calibrations.map(({ at, ppm }) => ({
            ...{ kind: "calibration" as const, from: at, to: at },
            text: t("room.calibrated", { time: time(at), ppm: ppm ?? "?" }),
        })),
    ]
    return marks.sort((one, other) => other.from - one.from)
}

export function airingValues({ from, to, fromPpm, toPpm }: Airing): Record<string, number> {
    return { high: fromPpm, low: toPpm, count: Math.max(1, Math.round((to - from) / 60)) }
}

/** "In lessons of this time: 1 h 20 min of 5 h at or above 1,000 ppm, …"; undefined where nothing was measured in one. */
export function lessonsText(
    { lessons }: Pick<RoomEvents, "lessons">,
    { fairPpm, poorPpm }: Co2Limits,
    { t, language }: Words,
): string | undefined {
    const { fairMinutes, poorMinutes, measuredMinutes } = lessons
    if (measuredMinutes === 0) return undefined
    const [fair, poor, measured] = [fairMinutes, poorMinutes, measuredMinutes].map(minutes =>
        minutesText(minutes, language),
    )
    return t("room.lessons", { fair: fair ?? "", poor: poor ?? "", measured: measured ?? "", fairPpm, poorPpm })
}

/** "3 hr, 20 min" as the language has it. */
export function minutesText(minutes: number, language: string): string {
    const unit = (value: number, unit: "hour" | "minute") =>
        new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(value)
    const [hours, rest] = [Math.floor(minutes / 60), minutes % 60]
    return [
        ...(hours > 0 ? [unit(hours, "hour")] : []),
        ...(rest > 0 || hours === 0 ? [unit(rest, "minute")] : []),
    ].join(" ")
}

/** The gap before it tells of the start already. */
function endsGap({ at }: Restart, gaps: { to: number | null }[]): boolean {
    return gaps.some(({ to }) => to === at)
}

function gapText(gap: Gap | Range): string {
    if (!("cause" in gap)) return "room.gap"
    if (gap.cause === "sensor") return gap.to === null ? "room.gapSensorNow" : "room.gapSensor"
    return gap.cause === "silent" ? "room.gapSilent" : gap.cause === "lost" ? "room.gapLost" : "room.gapOff"
}
