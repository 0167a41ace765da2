/** A school whose rooms have the simulated air of devs/sim, posted as its devices do: five readings every five minutes. */
import { addDevice } from "../../devs/api/device-registry.ts"
import { limitPresets, type Site } from "../../devs/api/site/site.ts"
import { readSite, writeSite } from "../../devs/api/site/site-store.ts"
import type { Database } from "../../devs/api/store/database.ts"
import { Room } from "../../devs/sim/air/room.ts"
import { mix } from "../../devs/sim/random.ts"
import { values } from "../api/support/world.ts"

export const POST_S = 300
const READING_S = 60
const READINGS = POST_S / READING_S
/** of each post, bytes: for the daily limit of a device */
const POST_BYTES = 400

export interface SchoolOptions {
    rooms: number
    /** Unix s, a Monday 0:00 in UTC, which is the school's time */
    mondayS: number
    seed?: number
    site?: Partial<Site>
}

export interface SimulatedRoom {
    id: string
    name: string
    air: Room
    /** CO2 of each reading that was posted, by its end, Unix s; null: the sensor did not measure */
    posted: Map<number, number | null>
    lastPostS: number
    seq: number
}

export class SimulatedSchool {
    readonly rooms: SimulatedRoom[]
    readonly #db: Database

    private constructor(db: Database, rooms: SimulatedRoom[]) {
        this.#db = db
        this.rooms = rooms
    }

    static async open(db: Database, { rooms, mondayS, seed = 7, site = {} }: SchoolOptions): Promise<SimulatedSchool> {
        const made: SimulatedRoom[] = []
        for (let at = 0; at < rooms; at++) {
            const name = at === rooms - 1 && rooms > 5 ? "Gym" : `${100 * (1 + Math.floor(at / 14)) + 1 + (at % 14)}`
            const id = `room-${name.toLowerCase()}`
            await addDevice(db, { id, name, createdAt: mondayS - 86_400 })
            const air = new Room({ seed: mix(seed, at), startMs: mondayS * 1000, kind: "classroom", startHour: 0 })
            made.push({ id, name, air, posted: new Map(), lastPostS: 0, seq: 1 })
        }
        const floors = Object.fromEntries(
            made.map(({ id, name }) => [
                id,
                { group: name === "Gym" ? "Sports hall" : `Main building / Floor ${name[0]}` },
            ]),
        )
        const lessons = { days: [1, 2, 3, 4, 5], hours: [{ from: "08:00", to: "13:00" }] }
        const before = await readSite(db.sql)
        const document = {
            ...before,
            name: "Elm School",
            timeZone: "UTC",
            limits: limitPresets.school,
            lessons,
            rooms: floors,
        }
        await writeSite(db, { ...document, ...site }, mondayS)
        return new SimulatedSchool(db, made)
    }

    /** Every room posts the five minutes before `nowS`, but those in `silent`; the sensors of those in `broken` fail. */
    async post(
        nowS: number,
        { silent = [], broken = [] }: { silent?: string[]; broken?: string[] } = {},
    ): Promise<void> {
        const posts = this.rooms
            .filter(({ name }) => !silent.includes(name))
            .map(room => this.#postOf(room, nowS, broken))
        const results = await this.#db.append(posts)
        for (const result of results) if (result instanceof Error) throw result
    }

    #postOf(room: SimulatedRoom, nowS: number, broken: string[]) {
        const readings = Array.from({ length: READINGS }, (_, at) => {
            const endS = nowS - (READINGS - 1 - at) * READING_S
            const { co2Ppm, temperatureC, humidityRh } = room.air.airAt(endS * 1000)
            const co2 = broken.includes(room.name) ? null : Math.round(co2Ppm)
            room.posted.set(endS, co2)
            return values({
                co2Ppm: co2,
                temperatureC: Math.round(temperatureC * 100) / 100,
                humidityRh: Math.round(humidityRh * 100) / 100,
            })
        })
        const { seq } = room
        room.seq += READINGS
        room.lastPostS = nowS
        const time = nowS - (READINGS - 1) * READING_S
        const batch = { boot: "b1", seq, time, step: READING_S, lost: 0, values: readings }
        return { device: room.id, batch, seenAt: nowS, bytes: POST_BYTES, reported: undefined }
    }
}
