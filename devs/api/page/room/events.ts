/** What happened in a room, in words: `GET /api/v1/devices/:id/events`. Does not touch the DOM. */
import { numberText, timeText, type Words } from "../shared/words.ts"

export interface RoomEvents {
    airings: { from: number; to: number; fromPpm: number; toPpm: number; minutes: number }[]
    restarts: { at: number; reason: string }[]
    calibrations: { at: number; ppm: number | null }[]
    gaps: { from: number; to: number; why: string }[]
    lessons: { fairMinutes: number; poorMinutes: number; measuredMinutes: number }
    forecast: { fairAt: number | null; poorAt: number | null } | null
    lastAiring: { fromPpm: number; toPpm: number; minutes: number } | null
}

/** The newest so many are listed. */
const MAX_MARKS = 40

const gapKeys: Record<string, string> = { power: "room.gapPower", silent: "room.gapSilent", lost: "room.gapLost" }

/** Airings, restarts, calibrations and gaps, the newest first. */
export function markTexts(events: RoomEvents, now: number, words: Words): string[] {
    const { t } = words
    const time = (atS: number) => timeText(atS, now, words)
    const marks = [
        ...events.airings.map(({ from, fromPpm, toPpm, minutes }) => ({
            at: from,
            text: t("room.airing", { from: time(from), high: fromPpm, low: toPpm, minutes: Math.round(minutes) }),
        })),
        ...events.restarts.map(({ at }) => ({ at, text: t("room.restart", { time: time(at) }) })),
        ...events.calibrations.map(({ at }) => ({ at, text: t("room.calibration", { time: time(at) }) })),
        ...events.gaps.map(({ from, to, why }) => ({
            at: from,
            text: t(gapKeys[why] ?? "room.gap", { from: time(from), to: time(to) }),
        })),
    ]
    return marks
        .sort((one, other) => other.at - one.at)
        .slice(0, MAX_MARKS)
        .map(({ text }) => text)
}

/** What a teacher wants to know now: when the limit is reached, how fast airing works, and how long the air was bad. */
export function factTexts(
    { forecast, lastAiring, lessons }: RoomEvents,
    limits: { fairPpm: number; poorPpm: number },
    now: number,
    words: Words,
): string[] {
    const { t } = words
    const reaches = (ppm: number, at: number | null | undefined) =>
        at == null ? [] : [t("room.reaches", { ppm, time: timeText(at, now, words) })]
    return [
        ...(reaches(limits.fairPpm, forecast?.fairAt).length > 0
            ? reaches(limits.fairPpm, forecast?.fairAt)
            : reaches(limits.poorPpm, forecast?.poorAt)),
        ...(lastAiring
            ? [
                  t("room.lastAiring", {
                      high: numberText(lastAiring.fromPpm, words),
                      low: numberText(lastAiring.toPpm, words),
                      minutes: Math.round(lastAiring.minutes),
                  }),
              ]
            : []),
        ...(lessons.measuredMinutes > 0
            ? [t("room.inLessons", { minutes: Math.round(lessons.poorMinutes), ppm: limits.poorPpm })]
            : []),
    ]
}
