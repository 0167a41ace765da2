/**
 * The tables of the database, alike on SQLite and PostgreSQL. Points in time are whole Unix seconds. Every key begins
 * with the device, so that a database of many machines can keep a device's rows together.
 *
 * Quantities are whole numbers: a quantity with two decimals is stored in hundredths (`temperatureC100`). Small whole
 * numbers take 2 bytes on the disk where a float takes 8, and their sums are exact. See `quantity-columns.ts`.
 */
import type { Losses } from "./records.ts"

/** A column per quantity. */
export interface QuantityColumns<Value> {
    co2Ppm: Value
    eco2Ppm: Value
    tvocPpb: Value
    temperatureC100: Value
    humidityRh100: Value
}

export type QuantityColumn = keyof QuantityColumns<unknown>

/** The losses are those of all boots together. */
export interface DeviceTable extends Losses {
    /** assigned by airpin, from 1 */
    key: number
    /** what people and devices write */
    id: string
    name: string
    tokenSha256: string
    createdAt: number
    revokedAt: number | null
    /** when its last batch was stored */
    lastSeenAt: number | null
    /** end of its newest reading, also when retention has deleted that */
    newestAt: number | null
    /** number of boots of which readings were stored */
    boots: number
    /** day of `usageBoots` and `usageBytes`, in days since 1970 */
    usageDay: number
    /** new boots, and bytes of posts, on that day */
    usageBoots: number
    usageBytes: number
    /** retention of its own, days; null: that of the server; 0: for ever */
    rawDays: number | null
    fiveMinuteDays: number | null
}

/** A start of a device whose readings were stored. */
export interface BootTable extends Losses {
    device: number
    /** number of the boot among those of its device, from 1 */
    boot: number
    id: string
}

/**
 * The sequence numbers of a boot whose readings were stored, as ranges with both ends; ranges neither overlap nor
 * touch. They show a repeated reading also after retention has deleted the first.
 */
export interface ReceivedTable {
    device: number
    boot: number
    firstSeq: number
    lastSeq: number
}

/** `time` is the end of the reading's interval. */
export interface ReadingTable extends QuantityColumns<number | null> {
    device: number
    time: number
    boot: number
    seq: number
}

/** Sums of the readings that ended in the 5 minutes, the hour or the day (UTC) up to `time`. */
export type RollUpTable = {
    device: number
    time: number
    /** readings */
    count: number
    co2PpmMin: number | null
    co2PpmMax: number | null
} & { [Column in QuantityColumn as `${Column}Count` | `${Column}Sum`]: number }

/** The last reported status: JSON. */
export interface StatusTable {
    device: number
    at: number
    status: string
    unread: string
}

export interface StartTable {
    device: number
    restartReason: string
    count: number
}

/** Desired settings: JSON; the last three are null together, before the first report. */
export interface SettingsTable {
    device: number
    revision: number
    setAt: number
    desired: string
    appliedRevision: number | null
    appliedAt: number | null
    refused: string | null
}

/** What the server itself remembers, by name. */
export interface StateTable {
    name: string
    value: string
}

export interface Tables {
    devices: DeviceTable
    boots: BootTable
    received: ReceivedTable
    readings: ReadingTable
    fiveMinutes: RollUpTable
    hours: RollUpTable
    days: RollUpTable
    statuses: StatusTable
    starts: StartTable
    settings: SettingsTable
    state: StateTable
}
