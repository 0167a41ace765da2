/** Reads what alerts need to know about the devices. */
import { DeviceWatch, type WatchedDevice } from "../device-watch.ts"
import { limitsOf } from "../site/site.ts"
import { readSite } from "../site/site-store.ts"
import type { Database, Sql } from "../store/database.ts"
import { Turns } from "../turns.ts"
import type { Co2Reading } from "./co2.ts"
import type { DeviceFacts, DeviceLimits } from "./conditions.ts"
import { allLimits, noLimits } from "./device-limits.ts"
import type { Limits } from "./settings.ts"

/** Seconds of readings before those that the limit asks for. */
const MORE_S = 2 * 3600

/** Readings of one device in one query: 24 hours of one every 5 s. */
const MAX_READINGS = 20_000

export class DeviceFactsReader {
    readonly #sql: Sql
    readonly #limits: Limits
    readonly #watch: DeviceWatch
    /** what CO2 was last judged by, for each device */
    #judged = new Map<number, string>()

    constructor(db: Database, limits: Limits) {
        this.#sql = db.sql
        this.#limits = limits
        this.#watch = new DeviceWatch(db)
    }

    async read(): Promise<DeviceFacts[]> {
        const limits = await allLimits(this.#sql)
        const site = await readSite(this.#sql)
        const devices = await this.#watch.look()
        const before = this.#judged
        this.#judged = new Map()
        const facts: DeviceFacts[] = []
        const turns = new Turns()
        for (const device of devices) {
            await turns.share()
            const own = limits.get(device.key) ?? noLimits
            const { poorPpm } = limitsOf(site, device.id)
            const judgedBy = JSON.stringify([device.lastSeenAt, device.newestAt, own, poorPpm])
            this.#judged.set(device.key, judgedBy)
            const isNew = before.get(device.key) !== judgedBy
            facts.push({ ...device, limits: own, poorPpm, co2: isNew ? await this.#co2(device, own) : [] })
        }
        return facts
    }

    /** From now on, CO2 is judged anew: what was read was not saved, or another process may have judged meanwhile. */
    forget(): void {
        this.#judged.clear()
    }

    async #co2({ key, newestAt }: WatchedDevice, own: DeviceLimits): Promise<Co2Reading[]> {
        if (newestAt === null) return []
        const lengthS = (own.co2Minutes ?? this.#limits.co2Minutes) * 60 + MORE_S
        const rows = await this.#sql
            .selectFrom("readings")
            .select(["time", "co2Ppm as ppm"])
            .where("device", "=", key)
            .where("time", ">", newestAt - lengthS)
            .where("time", "<=", newestAt)
            .orderBy("time", "desc")
            .limit(MAX_READINGS)
            .execute()
        return rows.flatMap(({ time, ppm }) => (ppm === null ? [] : [{ time, ppm }])).reverse()
    }
}
