/**
 * What the read routes ask of the store. Arguments and results are plain data,
 * because a query runs in another thread; long results are text, which is
 * ready to be sent.
 */
import { knownDevice } from "../device-registry.ts"
import type { Device, TimeRange } from "../store/records.ts"
import type { Store } from "../store/store.ts"
import { type Column, csvLine } from "./csv.ts"

/** Rows in one page of JSON: a week of one per minute, about 1 MB. */
export const MAX_ROWS = 10_000

/** Rows of CSV read at a time: about 50 kB. Other reads get their turn in between. */
const CHUNK_ROWS = 1_000

/** Days over which the lowest CO2 is shown: rooms are aired down to outdoor air once a week at least. */
export const LOWEST_CO2_DAYS = 7

interface OfDevice {
    id: string
}

export const queries = {
    /** @param nowS Unix seconds; ages count back from here */
    devices(store: Store, { nowS }: { nowS: number }) {
        return store.devices().map(device => deviceView(store, device, nowS))
    },

    /** @throws AirpinError DEVICE_UNKNOWN, as all below */
    device(store: Store, { id, nowS }: OfDevice & { nowS: number }) {
        return deviceView(store, knownDevice(store, id), nowS)
    },

    latest(store: Store, { id, nowS }: OfDevice & { nowS: number }) {
        const { lost } = knownDevice(store, id)
        return { device: id, lost, latest: latestOf(store, id, nowS) }
    },

    /**
     * A page of readings as JSON.
     *
     * @throws AirpinError AFTER_INVALID
     */
    readings(store: Store, { id, range, after }: OfDevice & { range: TimeRange; after?: string | undefined }): string {
        knownDevice(store, id)
        return JSON.stringify({ device: id, ...range, ...store.readings(id, range, MAX_ROWS, after) })
    },

    /** Means as JSON. */
    means(store: Store, { id, range, step }: OfDevice & { range: TimeRange; step: number }): string {
        knownDevice(store, id)
        return JSON.stringify({ device: id, ...range, readings: store.means(id, range, step), next: null })
    },

    /** Some lines of the CSV export, and where the next ones begin; null at the end. */
    csvChunk(
        store: Store,
        { id, range, columns, after }: OfDevice & { range: TimeRange; columns: Column[]; after?: string | undefined },
    ): { text: string; next: string | null } {
        const { readings, next } = store.readings(id, range, CHUNK_ROWS, after)
        return { text: readings.map(reading => csvLine(id, reading, columns)).join(""), next }
    },

    /** Checks that the device exists. */
    known(store: Store, { id }: OfDevice): void {
        knownDevice(store, id)
    },
}

export type Queries = typeof queries
export type QueryName = keyof Queries
export type QueryArguments<Name extends QueryName> = Parameters<Queries[Name]>[1]
export type QueryResult<Name extends QueryName> = ReturnType<Queries[Name]>

function deviceView(store: Store, device: Device, nowS: number) {
    const { status, ...state } = store.deviceState(device.id)
    return {
        ...device,
        latest: latestOf(store, device.id, nowS),
        lowestCo2: store.lowestCo2(device.id, nowS - LOWEST_CO2_DAYS * 86_400),
        status: status && { ...status, age: nowS - status.at },
        ...state,
    }
}

function latestOf(store: Store, id: string, nowS: number) {
    const reading = store.latest(id)
    return reading === undefined ? null : { ...reading, age: nowS - reading.time }
}
