/** What the database holds, as metrics: read when they are asked for, at most every 5 s. */
import { stat } from "node:fs/promises"
import { Gauge } from "prom-client"
import type { Co2Limits } from "../site/site.ts"
import { diskSpace } from "./free-disk.ts"
import type { Metrics } from "./metrics.ts"

/** Devices that have metrics of their own, the ones seen last: each metric and device takes memory in Prometheus. */
const MAX_DEVICES = 200

/** A device posts at least once an hour; after twice that it is silent. */
const SILENT_AFTER_S = 7200

const RESULT_AGE_MS = 5000

const states = ["posting", "silent", "never", "revoked"] as const

/** A device as far as it is shown here. Times are Unix seconds. */
export interface MeasuredDevice {
    id: string
    lastSeenAt: number | null
    revokedAt: number | null
    /** readings */
    lost: number
    gap: number
    latest: { co2Ppm: number | null; time: number } | null
    limits: Co2Limits
}

export interface DatabaseSource {
    devices(): Promise<MeasuredDevice[]>
    /** bytes that the database takes */
    size(): Promise<number>
    /** on the disk whose space is shown; undefined if the database is on another machine */
    folder: string | undefined
    /** Unix seconds */
    nowS(): number
}

export function measureDatabase(metrics: Metrics, source: DatabaseSource): void {
    const devices = cached(() => source.devices())
    metrics.gauge("airpin_database_size_bytes", "Size of the database, with its write-ahead log", () => source.size())
    const { folder } = source
    if (folder !== undefined) {
        metrics.gauge("airpin_disk_free_bytes", "Free space on the disk of the database", async () =>
            value((await diskSpace(folder))?.freeBytes),
        )
        metrics.gauge("airpin_disk_size_bytes", "Size of the disk of the database", async () =>
            value((await diskSpace(folder))?.totalBytes),
        )
    }
    measureDevices(metrics, devices, source)
}

const value = (known: number | undefined) => known ?? Number.NaN

function measureDevices(metrics: Metrics, devices: () => Promise<MeasuredDevice[]>, { nowS }: DatabaseSource): void {
    labelled(
        metrics,
        "airpin_devices",
        "Devices: seen within 2 hours, silent, never seen, or revoked",
        "state",
        async () => {
            const found = (await devices()).map(device => stateOf(device, nowS()))
            return states.map(state => [state, found.filter(each => each === state).length])
        },
    )
    const ofDevice = (name: string, help: string, measure: (device: MeasuredDevice) => number | null | undefined) =>
        labelled(metrics, name, help, "device", async () =>
            shown(await devices()).map(each => [each.id, measure(each)]),
        )
    ofDevice("airpin_device_last_seen_timestamp_seconds", "When the last post was stored", each => each.lastSeenAt)
    ofDevice("airpin_device_latest_reading_timestamp_seconds", "End of the latest reading", each => each.latest?.time)
    ofDevice("airpin_device_co2_ppm", "CO2 of the latest reading", each => each.latest?.co2Ppm)
    ofDevice("airpin_device_co2_fair_limit_ppm", "CO2 from which its air is fair", each => each.limits.fairPpm)
    ofDevice("airpin_device_co2_poor_limit_ppm", "CO2 from which its air is poor", each => each.limits.poorPpm)
    ofDevice("airpin_device_lost_readings", "Readings that the device lost, in all", each => each.lost)
    ofDevice("airpin_device_gap_readings", "Intervals without a reading between two starts", each => each.gap)
}

function stateOf({ lastSeenAt, revokedAt }: MeasuredDevice, nowS: number): (typeof states)[number] {
    if (revokedAt !== null) return "revoked"
    if (lastSeenAt === null) return "never"
    return nowS - lastSeenAt > SILENT_AFTER_S ? "silent" : "posting"
}

function shown(devices: MeasuredDevice[]): MeasuredDevice[] {
    const current = devices.filter(({ revokedAt }) => revokedAt === null)
    return current.sort((a, b) => (b.lastSeenAt ?? 0) - (a.lastSeenAt ?? 0)).slice(0, MAX_DEVICES)
}

/** A gauge with one label; entries without a value are left out. */
export function labelled(
    metrics: Metrics,
    name: string,
    help: string,
    label: string,
    entries: () => Promise<[label: string, value: number | null | undefined][]>,
): void {
    const collect = async function (this: Gauge): Promise<void> {
        this.reset()
        const found = await entries().catch(() => []) // then `airpin_ready` says why
        for (const [labelValue, number] of found)
            if (number !== null && number !== undefined) this.set({ [label]: labelValue }, number)
    }
    metrics.registry.registerMetric(new Gauge({ name, help, labelNames: [label], registers: [], collect }))
}

/** One call for all who ask within `RESULT_AGE_MS`; a failed one is not kept. */
export function cached<Result>(work: () => Promise<Result>): () => Promise<Result> {
    let result: Promise<Result> | undefined
    let askedAtMs = -Infinity
    return () => {
        if (result !== undefined && performance.now() - askedAtMs < RESULT_AGE_MS) return result
        askedAtMs = performance.now()
        result = work()
        result.catch(() => (result = undefined))
        return result
    }
}

/** Bytes of an SQLite database and its write-ahead log. */
export async function fileSize(file: string): Promise<number> {
    const sizes = await Promise.all(
        [file, `${file}-wal`].map(async each => (await stat(each).catch(() => undefined))?.size ?? 0),
    )
    return sizes.reduce((sum, size) => sum + size, 0)
}
