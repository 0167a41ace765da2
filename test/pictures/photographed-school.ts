/** A simulated school behind a server, and the session of a person who may see all of it. */
import { addAdmin } from "../../devs/api/access/admins.ts"
import { buildApp } from "../../devs/api/app.ts"
import { serve } from "../../devs/api/server.ts"
import type { Room } from "../../devs/sim/air/room.ts"
import { openWorld } from "../api/support/world.ts"
import { POST_S, SimulatedSchool } from "../school/simulated-school.ts"

/** Monday 2025-01-13, 0:00 UTC */
const MONDAY_S = 1_736_726_400
const HOUR_S = 3600
/** Tuesday, in the third lesson */
export const NOW_S = MONDAY_S + 34.75 * HOUR_S
const PASSWORD = "correct horse battery staple"

export interface PhotographedOptions {
    rooms: number
    /** of the first post, Unix s */
    fromS?: number
    nowS?: number
}

export interface PhotographedSchool {
    url: string
    /** the cookie of an admin's session */
    session: { name: string; value: string; url: string; secure: true }
    end(): Promise<void>
}

/** The days of `rooms` rooms up to Tuesday, in the third lesson; two devices have been silent since the morning, and a sensor is broken. */
export async function openPhotographedSchool({
    rooms,
    fromS = MONDAY_S + 6 * HOUR_S,
    nowS = NOW_S,
}: PhotographedOptions): Promise<PhotographedSchool> {
    const world = await openWorld()
    await world.db.transaction(async sql => sql.updateTable("devices").set({ revokedAt: MONDAY_S }).execute())
    const school = await SimulatedSchool.open(world.db, { rooms, mondayS: MONDAY_S })
    for (const [at, { air }] of school.rooms.entries()) if (at % 3 === 2) teachSmallGroup(air, 3 + (at % 5))
    const isSmall = rooms < 6
    for (let atS = fromS; atS <= nowS; atS += POST_S)
        await school.post(atS, {
            silent: !isSmall && atS > nowS - 2 * HOUR_S ? ["103", "Gym"] : [],
            broken: !isSmall && atS > nowS - HOUR_S ? ["105"] : [],
        })
    await addAdmin(world.db, "ada", PASSWORD, MONDAY_S)
    const app = buildApp({ db: world.db, now: () => nowS * 1000, monotonicS: () => nowS, readThreads: false })
    const { url, close } = await serve({ app, port: 0 })
    const session = await logIn(url)
    return {
        url,
        session,
        end: async () => {
            await close()
            await world.end()
        },
    }
}

/** With a tilted window, so good air is seen too. */
function teachSmallGroup(air: Room, people: number): void {
    for (const dayS of [MONDAY_S, MONDAY_S + 24 * HOUR_S]) {
        air.set({ people: 0 }, dayS * 1000)
        air.set({ people, window: "tilted" }, (dayS + 8 * HOUR_S) * 1000)
        air.set({ people: 0 }, (dayS + 13 * HOUR_S) * 1000)
    }
}

/** Once for all pictures: the server refuses the eleventh log-in of a minute. */
async function logIn(url: string): Promise<PhotographedSchool["session"]> {
    const body = new URLSearchParams({ name: "ada", password: PASSWORD })
    const headers = { origin: url }
    const response = await fetch(`${url}/log-in`, { method: "POST", body, headers, redirect: "manual" })
    const [name, value] = response.headers.getSetCookie()[0]?.split(";")[0]?.split("=") ?? []
    if (name === undefined || value === undefined) throw new Error(`log-in: ${response.status}`)
    return { name, value, url: url.replace("http:", "https:"), secure: true }
}
