/** What every sensor offers, and how it fails. */

/**
 * nack: no acknowledge on the bus; crc: bytes arrived damaged; stale: the part
 * answers but measures nothing new; range: a value that part cannot measure.
 */
export type ErrorKind = "nack" | "crc" | "stale" | "range"

export class SensorError extends Error {
    constructor(readonly kind: ErrorKind) {
        super(kind)
    }
}

/** One measurement of air; a quantity stands only if it was measured. */
export interface Sample {
    co2Ppm?: number
    eco2Ppm?: number
    tvocPpb?: number
    temperatureC?: number
    humidityRh?: number
}

/** One part on the bus. Everything throws SensorError. */
export interface Sensor {
    /** its name in the log */
    name: string
    /** Proves that the part is there. @returns its serial number in hex */
    find(): Promise<string>
    /** Begins to measure; always after `find`. */
    start(): Promise<void>
    /** Waits for the next measurement, in the part's own rhythm; null while it warms up. */
    measure(): Promise<Sample>
}
