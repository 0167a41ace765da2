import type { Recalibration } from "./care-data.ts"
import type { Words } from "./words.ts"

/** The conditions of a recalibration, and what became of the last one, in words. */
export function recalibrationWords(
    { obstacles, fromPpm, toPpm, measuredPpm, isSteady, nextAt, last }: Recalibration,
    { t, time }: Words,
): { conditions: { isMet: boolean; text: string }[]; last: string } {
    const isKnown = fromPpm !== null && toPpm !== null && measuredPpm !== null
    const range = isKnown ? t("care.condition.range", { measured: measuredPpm, from: fromPpm, to: toPpm }) : ""
    const measured = obstacles.includes("old") || !isKnown ? t("care.condition.old") : range
    return {
        conditions: [
            { isMet: isKnown && !obstacles.includes("old"), text: measured },
            {
                isMet: nextAt === null,
                text: nextAt === null ? t("care.condition.today") : t("care.condition.later", { time: time(nextAt) }),
            },
            {
                isMet: isSteady === true,
                text: t(isSteady === true ? "care.condition.steady" : "care.condition.unsteady"),
            },
        ],
        last: last === null ? t("care.recalibration.none") : lastText(last, { t, time }),
    }
}

function lastText(
    { outcome, askedAt, ppm, changePpm }: NonNullable<Recalibration["last"]>,
    { t, time }: Pick<Words, "t" | "time">,
): string {
    const asked = askedAt === null ? "" : t("care.recalibration.asked", { time: time(askedAt), ppm: ppm ?? 0 })
    const change = changePpm === null ? "" : t("care.recalibration.change", { change: signed(changePpm) })
    return [asked, t(`care.recalibrated.${outcome}`), change].filter(text => text !== "").join(" ")
}

const signed = (ppm: number) => (ppm < 0 ? `−${-ppm}` : `+${ppm}`)
