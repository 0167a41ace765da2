import type { FastifyInstance } from "fastify"
import { readErrors } from "../contract/route-errors.ts"
import { timeText, type Words } from "../page/shared/format.ts"
import { headlineOf, tileOf, titleOf, worstFirst, worstState } from "../page/wall/rooms.ts"
import type { Reads } from "../reads/reads.ts"
import { wallState } from "../routes/wall.ts"
import { addPage } from "./page-routes.ts"

/** A tile to be filled in by the page's script. */
const blank = { path: "", state: "waiting", name: "", number: "", unit: "", word: "", trend: "", since: "", age: "" }

/** `/`: every room, worst first; and `/wall`, the same for a screen on the wall, without any control. */
export function wallPages(app: FastifyInstance, reads: Reads): void {
    for (const path of ["/", "/wall"])
        addPage(app, {
            path,
            access: "list",
            errors: readErrors,
            async content(request) {
                const state = await wallState(reads, request)
                const { now, site, rooms } = state
                return {
                    area: "wall",
                    schoolName: site.name,
                    state: { ...state, isWall: path === "/wall" },
                    view(t, language) {
                        const words: Words = { t, language, timeZone: site.timeZone }
                        return {
                            isWall: path === "/wall",
                            title: titleOf(rooms, now, site.name, words),
                            headline: headlineOf(rooms, now, words),
                            worst: worstState(rooms, now),
                            updated: t("wall.updated", { time: timeText(now, now, words) }),
                            tiles: worstFirst(rooms, now, language).map(room => tileOf(room, now, words)),
                            blank,
                        }
                    },
                }
            },
        })
}
