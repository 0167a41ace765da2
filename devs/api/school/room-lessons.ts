/** How one room was in the lessons of a range. */
import { lessonRanges } from "../site/lessons.ts"
import type { Co2Limits, SiteDocument } from "../site/site.ts"
import type { Sql } from "../store/database.ts"
import type { TimeRange } from "../store/records.ts"
import { lessonSums } from "./co2-sums.ts"
import { figuresOf, isEstimated, minutesIn, slotsOf } from "./figures.ts"
import type { Figures } from "./records.ts"

/** @param range Unix s; lessons after its end do not count */
export async function roomLessons(
    sql: Sql,
    site: SiteDocument,
    room: { key: number; limits: Co2Limits },
    { from, to }: TimeRange,
): Promise<Figures & { estimated: boolean }> {
    const lessons = lessonRanges(site, from, to)
    const sums = await lessonSums(sql, [room], lessons)
    const estimated = isEstimated(sums)
    return { estimated, ...figuresOf(slotsOf(sums, estimated), minutesIn(lessons)) }
}
