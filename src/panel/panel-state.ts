/**
 * What light, tone and screen show, derived in one place. Two things that do not hide each other: the air, and the way
 * to the server.
 */
import * as ds from "@devicescript/core"
import { uptimeS } from "../fiber"
import { Co2Sensor } from "../sensors/co2"
import { Sample, SampleSink, Sensor } from "../sensors/sensor"
import { offsetMin } from "./local-time"
import { PanelSources } from "./panel"
import { PanelSettings } from "./panel-settings"

/** By the newest CO2 concentration; without a fresh one, whether a sensor is about to measure it. */
export enum Air {
    Good,
    Fair,
    Poor,
    Warming,
    NoSensor,
}

/** What keeps readings from the server; the number of flashes that say so. */
export enum Link {
    Fine,
    NoWifi,
    Away,
    Refused,
    NoSettings,
}

/** A value is shown for three measurements and this long without a newer one: a sensor that fails is then restarting. */
const FRESH_MS = 30 * 1000
const PERIODS_FRESH = 3
const NEVER_MS = -1e12

export class PanelState implements SampleSink {
    sources: PanelSources
    settings: PanelSettings
    /** newest measurements; undefined before the first. Where no CO2 is measured, `co2Ppm` is the SGP30's estimate. */
    co2Ppm: number
    isEstimate = false
    temperatureC: number
    humidityRh: number
    /** uptime of the newest CO2 concentration, and of the newest temperature, ms */
    co2Ms = NEVER_MS
    climateMs = NEVER_MS
    private co2Rank = 0
    private climateRank = 0

    /** @param sampler receives every sample */
    constructor(private readonly sampler: SampleSink) {}

    /** Keeps what the best sensor measures of each quantity, while it does. */
    add(sample: Sample, rank: number): boolean {
        if (!this.sampler.add(sample, rank)) return false
        const nowMs = ds.millis()
        const co2Ppm = sample.co2Ppm ?? (this.takesEstimates() ? sample.eco2Ppm : undefined)
        if (co2Ppm !== undefined && (rank <= this.co2Rank || !this.isFresh(this.co2Ms))) {
            this.co2Ppm = co2Ppm
            this.isEstimate = sample.co2Ppm === undefined
            this.co2Rank = rank
            this.co2Ms = nowMs
        }
        if (sample.temperatureC !== undefined && (rank <= this.climateRank || !this.isFresh(this.climateMs))) {
            this.temperatureC = sample.temperatureC
            this.humidityRh = sample.humidityRh
            this.climateRank = rank
            this.climateMs = nowMs
        }
        return true
    }

    /** True while no sensor has measured CO2 since boot, and none is about to. */
    private takesEstimates(): boolean {
        return (this.isEstimate || this.co2Ppm === undefined) && !this.co2Sensor()
    }

    /** True if a value of this uptime may be shown as the present one. */
    isFresh(atMs: number): boolean {
        return ds.millis() - atMs <= FRESH_MS + PERIODS_FRESH * 1000 * this.sources.config.co2.periodS
    }

    /** By measured CO2 only: an estimate rises with the vapour of cooking or of a cleaner too. */
    air(): Air {
        if (this.isEstimate || !this.isFresh(this.co2Ms)) return this.co2Sensor() ? Air.Warming : Air.NoSensor
        const { fairPpm, poorPpm } = this.sources.config
        return this.co2Ppm >= poorPpm ? Air.Poor : this.co2Ppm >= fairPpm ? Air.Fair : Air.Good
    }

    /** Seconds until the first value is expected, at least 1; undefined unless the air is `Warming`. */
    warmUpS(): number {
        const sensor = this.co2Sensor()
        return sensor ? Math.max(1, Math.ceil((sensor.dueMs - ds.millis()) / 1000)) : undefined
    }

    /** The first sensor of CO2 that measures or is about to; undefined if there is none. */
    private co2Sensor(): Sensor {
        for (const sensor of this.sources.sensors)
            if (sensor instanceof Co2Sensor && sensor.state !== "absent" && sensor.state !== "failed") return sensor
        return undefined
    }

    /** Readings that the server does not have yet. */
    waiting(): number {
        const { outbox } = this.sources
        return outbox.inRam() + outbox.inFlashOnly()
    }

    /** By the last attempt to deliver: one in progress changes nothing. */
    link(): Link {
        const { uplink } = this.sources
        if (!uplink) return Link.NoSettings
        const { failures, lastError } = uplink.connectionState
        if (failures === 0) return Link.Fine
        if (lastError.startsWith("no-network")) return Link.NoWifi
        return lastError.startsWith("refused") ? Link.Refused : Link.Away
    }

    /** Minutes of local time since 1970; undefined while the time is unknown. */
    localMin(): number {
        const { offsetS } = this.sources.clock
        if (offsetS === undefined) return undefined
        const unixS = offsetS + uptimeS()
        const { timeZone, utcOffsetMin } = this.settings
        return Math.floor(unixS / 60) + (timeZone ? offsetMin(timeZone, unixS) : utcOffsetMin)
    }

    /** True from the first hour of the local day until the second; false if they are equal or the time is unknown. */
    isBetween(fromH: number, toH: number): boolean {
        const localMin = fromH === toH ? undefined : this.localMin()
        if (localMin === undefined) return false
        const hour = Math.floor(localMin / 60) % 24
        return fromH < toH ? hour >= fromH && hour < toH : hour >= fromH || hour < toH
    }

    /** Brightness of light and screen now, %. */
    brightness(): number {
        const { nightFromH, nightToH, nightLight, light } = this.settings
        return this.isBetween(nightFromH, nightToH) ? nightLight : light
    }
}
