/** What a light device measures: made of its number and the reading's alone, so that the audit knows every value. */
import type { Batch } from "../../../src/wire.ts"

/** Readings are this far apart in the device's time, which runs faster than the real one. */
const STEP_S = 60
/** The device starts anew, with a new boot id, after so many readings. */
const READINGS_PER_BOOT = 1_000

export interface Reading {
    boot: string
    /** from 1 in each boot */
    seq: number
    /** Unix seconds */
    time: number
    co2Ppm: number
    temperatureC: number
}

/** @param number counted from 1 over all boots @param startS end of the device's first reading, Unix seconds */
export function readingOf(device: string, number: number, startS: number): Reading {
    const boot = Math.floor((number - 1) / READINGS_PER_BOOT) + 1
    return {
        boot: `${device}-b${boot}`,
        seq: number - (boot - 1) * READINGS_PER_BOOT,
        time: startS + (number - 1) * STEP_S,
        co2Ppm: 400 + ((number * 37) % 1600),
        temperatureC: (1800 + ((number * 13) % 900)) / 100,
    }
}

/** Readings of one boot, consecutive, as a post has them. */
export function batchOf(readings: [Reading, ...Reading[]]): Batch {
    const { boot, seq, time } = readings[0]
    return {
        boot,
        seq,
        time,
        step: STEP_S,
        co2Ppm: readings.map(({ co2Ppm }) => co2Ppm),
        temperatureC: readings.map(({ temperatureC }) => temperatureC),
    }
}

/** The reading's number over all boots. */
export function numberOf({ boot, seq }: Pick<Reading, "boot" | "seq">): number {
    return (Number(boot.slice(boot.lastIndexOf("b") + 1)) - 1) * READINGS_PER_BOOT + seq
}
