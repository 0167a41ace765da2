/**
 * Follows the devices for those who act on what they send: alerts, MQTT. It reads what is stored, so it does not matter
 * which process a device posts to; what has not changed since the last look is not read again.
 */
import type { SensorStatus } from "../../src/wire.ts"
import { type AppliedSettings, appliedOf, observed, type Rhythm, silentAfterS } from "./silence.ts"
import type { Database } from "./store/database.ts"
import { settingsOf, statusOf } from "./store/device-state.ts"
import { Turns } from "./turns.ts"

/** Devices that one query returns. */
const PAGE = 200

/** A device whose token is valid. */
export interface WatchedDevice {
    key: number
    id: string
    name: string
    /** when its last batch was stored, and the end of its newest reading; null before the first */
    lastSeenAt: number | null
    newestAt: number | null
    /** settings that it has applied, as far as known */
    applied: AppliedSettings
    /** seconds between its posts as observed; null: not known yet */
    postEveryS: number | null
    /** as last reported, by name */
    sensors: Record<string, SensorStatus>
}

interface DeviceRow {
    key: number
    id: string
    name: string
    lastSeenAt: number | null
    newestAt: number | null
    postEveryS: number | null
}

interface Known {
    lastSeenAt: number | null
    rhythm: Rhythm
    applied: AppliedSettings
    sensors: Record<string, SensorStatus>
}

export class DeviceWatch {
    readonly #db: Database
    #known = new Map<number, Known>()

    constructor(db: Database) {
        this.#db = db
    }

    /** Every device whose token is valid. */
    async look(): Promise<WatchedDevice[]> {
        const before = this.#known
        this.#known = new Map()
        const devices: WatchedDevice[] = []
        const turns = new Turns()
        for await (const row of this.#rows()) {
            await turns.share()
            devices.push(await this.#deviceOf(row, before.get(row.key)))
        }
        return devices
    }

    async *#rows(): AsyncGenerator<DeviceRow> {
        for (let after = -1, isMore = true; isMore; ) {
            const page = await this.#db.sql
                .selectFrom("devices")
                .leftJoin("rhythms", "rhythms.device", "devices.key")
                .select(["key", "id", "name", "lastSeenAt", "newestAt", "postEveryS"])
                .where("revokedAt", "is", null)
                .where("key", ">", after)
                .orderBy("key")
                .limit(PAGE)
                .execute()
            yield* page
            after = page.at(-1)?.key ?? after
            isMore = page.length === PAGE
        }
    }

    async #deviceOf(row: DeviceRow, before: Known | undefined): Promise<WatchedDevice> {
        const isKnown = before !== undefined && before.lastSeenAt === row.lastSeenAt
        const known = isKnown ? before : await this.#read(row, before)
        this.#known.set(row.key, known)
        const { applied, sensors, rhythm } = known
        return { ...row, postEveryS: rhythm.postEveryS, applied, sensors }
    }

    async #read({ key, lastSeenAt, postEveryS }: DeviceRow, before: Known | undefined): Promise<Known> {
        const settings = await this.#db.sql
            .selectFrom("settings")
            .selectAll()
            .where("device", "=", key)
            .executeTakeFirst()
        const status = await this.#db.sql
            .selectFrom("statuses")
            .selectAll()
            .where("device", "=", key)
            .executeTakeFirst()
        const applied = settings === undefined ? {} : appliedOf(settingsOf(settings))
        const sensors = status === undefined ? {} : (statusOf(status).sensors ?? {})
        const rhythm = rhythmOf(before, lastSeenAt, applied, postEveryS)
        if (rhythm.postEveryS !== postEveryS) await this.#saveRhythm(key, rhythm.postEveryS)
        return { lastSeenAt, rhythm, applied, sensors }
    }

    async #saveRhythm(device: number, postEveryS: number | null): Promise<void> {
        await this.#db.transaction(sql =>
            sql
                .insertInto("rhythms")
                .values({ device, postEveryS })
                .onConflict(conflict => conflict.column("device").doUpdateSet({ postEveryS }))
                .execute(),
        )
    }
}

/** Seconds without a post after which the device is silent. @param minS the shortest that is returned */
export function silenceOf({ applied, postEveryS }: WatchedDevice, minS: number): number {
    return silentAfterS(applied, postEveryS, minS)
}

function rhythmOf(
    before: Known | undefined,
    lastSeenAt: number | null,
    applied: AppliedSettings,
    postEveryS: number | null,
): Rhythm {
    if (before === undefined) return { postEveryS, lastPauseS: null }
    if (lastSeenAt === null || before.lastSeenAt === null || lastSeenAt <= before.lastSeenAt) return before.rhythm
    return observed(before.rhythm, lastSeenAt - before.lastSeenAt, applied)
}
