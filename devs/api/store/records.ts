/** What the store takes and gives back. Points in time are whole Unix seconds. */
import { type DesiredSettings, type Quantity, quantities, type Status } from "../../../src/wire.ts"

export type QuantityName = Quantity["name"]

/** Quantity names in the order of columns and exports. */
export const quantityNames: QuantityName[] = quantities().map(({ name }) => name)

/** The measured values of one reading, each in the unit of its name; null where nothing was measured. */
export type QuantityValues = Record<QuantityName, number | null>

/** What a device reports about the completeness of a boot's readings, as in `Batch` of src/wire.ts. */
export interface Losses {
    /** readings dropped, for whatever reason */
    lost: number
    /** of those: rejected by this server, without a known time, damaged in flash; the rest found no room */
    rejected: number
    undated: number
    damaged: number
    /** intervals without a reading around power cuts */
    gap: number
    /** seconds by which the times may be off, at most */
    timeUncertaintyS: number
}

/** The names of {@link Losses}, which are also columns of the table `boots`. */
export const lossNames = ["lost", "rejected", "undated", "damaged", "gap", "timeUncertaintyS"] as const

/** The losses in a batch, 0 where it names none. */
export function lossesOf({
    lost = 0,
    rejected = 0,
    undated = 0,
    damaged = 0,
    gap = 0,
    timeUncertaintyS = 0,
}: Partial<Losses>): Losses {
    return { lost, rejected, undated, damaged, gap, timeUncertaintyS }
}

/** Makes one value per loss: a literal, because this is done for every post. */
export function mapLosses(value: (name: keyof Losses) => number): Losses {
    return {
        lost: value("lost"),
        rejected: value("rejected"),
        undated: value("undated"),
        damaged: value("damaged"),
        gap: value("gap"),
        timeUncertaintyS: value("timeUncertaintyS"),
    }
}

/** A registered device, with the losses of all its boots together. */
export interface Device extends Losses {
    id: string
    /** for people */
    name: string
    createdAt: number
    /** null while its token is valid */
    revokedAt: number | null
    /** when its last batch was stored; null before the first */
    lastSeenAt: number | null
}

export interface NewDevice {
    id: string
    name: string
    /** SHA-256 of the bearer token, hex */
    tokenSha256: string
    createdAt: number
}

/** A batch whose times are known: `values[i]` is reading `seq + i`, whose interval ended at `time + i * step`. */
export interface TimedBatch extends Partial<Losses> {
    boot: string
    seq: number
    time: number
    /** seconds from one reading's end to the next */
    step: number
    lost: number
    values: QuantityValues[]
}

/** A post of a device, as it is stored. */
export interface Post {
    /** id of the device */
    device: string
    /** hash of the token in the request; when absent, the token is not checked again */
    tokenSha256?: string
    batch: TimedBatch
    /** time of arrival, Unix seconds */
    seenAt: number
    /** size of the request's body */
    bytes: number
    /** the status in the post */
    reported?: ReportedStatus | undefined
    /** in the short form, whose posts leave out a status that is as before */
    isShort?: boolean
}

/** Result of storing a batch. */
export interface Appended {
    /** the last sequence number of the batch */
    ack: number
    /** settings that the device has not applied yet */
    desired?: DesiredSettings
    /** readings that were new */
    inserted: number
    /** readings that were stored before */
    repeated: number
}

/** A stored reading; `time` is the end of its interval. */
export type Reading = QuantityValues & { time: number; boot: string; seq: number }

/** Means over the `count` readings whose intervals ended in the `step` seconds up to `time`. */
export type MeanReading = QuantityValues & { time: number; count: number }

/** The lowest CO2 of the last days. */
export interface LowestCo2 {
    ppm: number
    /** end of the hour in which it was measured */
    at: number
    /** hours of these days in which CO2 was measured */
    hours: number
}

/** Readings in the order of time; pass `next` as `after` for the next page. It is null on the last page. */
export interface ReadingPage {
    readings: Reading[]
    next: string | null
}

/** A range of time; both ends belong to it. */
export interface TimeRange {
    from: number
    to: number
}

/** The part of a posted status that this server understands. */
export interface ReportedStatus {
    /** null if nothing of it could be read; may have states and reasons of later firmware */
    status: Status | null
    /** paths of the parts that were left out, "status.sensors.scd41.volt"; "status" for all of it */
    unread: string[]
}

/** The last status a device reported, and its settings. */
export interface DeviceState {
    /** the last status, received at `at`; null before the first */
    status: (Partial<Omit<Status, "settings">> & { at: number; unread: string[] }) | null
    /** number of boots of which readings are stored */
    boots: number
    /** number of starts by restart reason; "power": switched on or reset; "unknown": the reason could not be read */
    starts: Record<string, number>
    /** null until settings are set for the first time */
    settings: DeviceSettings | null
}

/** Whole numbers by the names of `remoteSettingNames` in src/wire.ts. */
export type SettingValues = Record<string, number>

/** Desired settings, and the device's last report about them: pending until `applied.revision` equals `revision`. */
export interface DeviceSettings {
    revision: number
    setAt: number
    desired: SettingValues
    /** the device's last report; null before the first */
    applied: { revision: number; at: number; refused: string[] } | null
}
