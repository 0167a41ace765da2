import type { FastifyInstance } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import { deviceErrors } from "../contract/route-errors.ts"
import { climateText, type RoomState } from "../page/room/room-state.ts"
import type { Words } from "../page/shared/format.ts"
import { tileOf } from "../page/wall/rooms.ts"
import type { Reads } from "../reads/reads.ts"
import { addPage } from "./page-routes.ts"

/** Ranges of the history, days. */
const ranges = { "room.today": 1, "room.week": 7, "room.month": 30, "room.year": 365 }

/** `/rooms/:id`: one room, now and over time. */
export function roomPage(app: FastifyInstance, reads: Reads): void {
    addPage(app, {
        path: "/rooms/:id",
        access: "one",
        errors: deviceErrors,
        async content({ params, nowMs }, reader) {
            const { id }: { id?: string } = Object(params)
            const { now, site, rooms } = await reads.run("wall", { id: id ?? "", nowS: Math.floor(nowMs / 1000) })
            const [room] = rooms
            if (!room) throw new AirpinError("DEVICE_UNKNOWN", `there is no device ${id}`)
            const state: RoomState = { room, site }
            return {
                area: "room",
                schoolName: site.name,
                state,
                view(t, language) {
                    const words: Words = { t, language, timeZone: site.timeZone }
                    const tile = tileOf(room, now, words)
                    return {
                        id: room.id,
                        name: room.name,
                        tile,
                        climate: climateText(room, tile, words),
                        ranges: Object.entries(ranges).map(([key, days]) => ({ days, name: t(key) })),
                        isAdmin: reader.role === "admin",
                    }
                },
            }
        },
    })
}
