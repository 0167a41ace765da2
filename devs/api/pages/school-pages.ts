/** `/school`, its report and its settings. */
import type { FastifyInstance, FastifyRequest } from "fastify"
import { readErrors, storeErrors } from "../contract/route-errors.ts"
import { weekdayText } from "../page/school/dates.ts"
import { heatMap, type WeekChoice } from "../page/school/heat-map.ts"
import { monthReport } from "../page/school/report.ts"
import type { Reads } from "../reads/reads.ts"
import { schoolRooms } from "../school/room.ts"
import { dateAt, isDate, isMonth } from "../school/school-days.ts"
import { limitPresets, markOf } from "../site/site.ts"
import { readSite } from "../site/site-store.ts"
import type { Database } from "../store/database.ts"
import { addPage } from "./page-routes.ts"

export function schoolPages(app: FastifyInstance, db: Database, reads: Reads): void {
    weekPage(app, reads)
    reportPage(app, reads)
    settingsPage(app, db)
}

function settingsPage(app: FastifyInstance, db: Database): void {
    addPage(app, {
        path: "/school/settings",
        access: "admin",
        errors: storeErrors,
        content: async () => {
            const site = await readSite(db.sql)
            const rooms = await schoolRooms(db.sql, site)
            return {
                area: "school",
                template: "settings",
                schoolName: site.name,
                state: site,
                view: (t, language) => ({
                    site,
                    weekdays: [1, 2, 3, 4, 5, 6, 7].map(day => ({
                        day,
                        name: weekdayText(day, language),
                        isTaught: site.lessons.days.includes(day),
                    })),
                    presets: [
                        { ...limitPresets.school, name: t("school.presetSchool") },
                        { ...limitPresets.uba, name: t("school.presetUba") },
                    ],
                    groups: [...new Set(rooms.flatMap(({ group }) => group ?? []))],
                    rooms: rooms.map(({ id, name, group }) => ({
                        id,
                        name,
                        group: group ?? "",
                        fairPpm: site.rooms[id]?.limits?.fairPpm ?? "",
                        poorPpm: site.rooms[id]?.limits?.poorPpm ?? "",
                    })),
                }),
            }
        },
    })
}

function reportPage(app: FastifyInstance, reads: Reads): void {
    addPage(app, {
        path: "/school/report",
        access: "all",
        errors: readErrors,
        content: async request => {
            const nowS = Math.floor(request.nowMs / 1000)
            const asked = queryOf(request, "month")
            const month = await reads.run("schoolMonth", { month: isMonth(asked) ? asked : undefined, nowS })
            return {
                area: "school",
                template: "report",
                schoolName: month.name,
                state: null,
                view: (t, language) => ({
                    ...monthReport(month, t, language, dateAt(nowS, month.timeZone).slice(0, 7)),
                    limitsText: t("school.limitsText", { ...month.limits }),
                }),
            }
        },
    })
}

function weekPage(app: FastifyInstance, reads: Reads): void {
    addPage(app, {
        path: "/school",
        access: "all",
        errors: readErrors,
        content: async (request, { role }) => {
            const nowS = Math.floor(request.nowMs / 1000)
            const from = queryOf(request, "from")
            const choice: WeekChoice = {
                show: queryOf(request, "show") === "max" ? "max" : "mean",
                hours: queryOf(request, "hours") === "all" ? "all" : "lessons",
            }
            const week = await reads.run("schoolWeek", { from: isDate(from) ? from : undefined, nowS })
            return {
                area: "school",
                schoolName: week.name,
                state: null,
                view: (t, language) => {
                    const mark = markOf(week.limits)
                    const values = choice.show === "mean" ? t("school.captionMean") : t("school.captionMax")
                    return {
                        ...heatMap(week, choice, t, language, dateAt(nowS, week.timeZone)),
                        month: week.days[0]?.date.slice(0, 7),
                        isAdmin: role === "admin",
                        hasRooms: week.rooms.length > 0,
                        caption: t("school.captionPpm", { values }),
                        captionHundreds: t("school.captionHundreds", { values }),
                        legend: (["good", "fair", "poor"] as const).map(level => ({
                            level,
                            text: t(`school.legend.${level}`, { ...week.limits }),
                        })),
                        markText: mark === null ? null : t("school.legend.mark", { mark }),
                    }
                },
            }
        },
    })
}

/** A parameter of the page's address; "" if it is not there, or there twice. */
function queryOf({ query }: FastifyRequest, name: string): string {
    const value: unknown = Reflect.get(Object(query), name)
    return typeof value === "string" ? value : ""
}
