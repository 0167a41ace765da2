/** The simulated parts by name, as faults and soaks refer to them. */
import { SCD4X_ADDRESS, Scd4x } from "./scd4x.ts"
import { SCD30_ADDRESS, Scd30 } from "./scd30.ts"
import type { SensorOptions, SimulatedSensor } from "./sensirion.ts"
import { SGP30_ADDRESS, Sgp30 } from "./sgp30.ts"
import { SHT3X_ADDRESS, Sht3x } from "./sht3x.ts"

export const partNames = ["sgp30", "scd30", "scd4x", "sht3x"] as const

export type PartName = (typeof partNames)[number]

export function isPartName(name: unknown): name is PartName {
    return partNames.some(part => part === name)
}

interface Part {
    /** 7-bit I2C address, the default one if it has several */
    address: number
    create(options: SensorOptions): SimulatedSensor
}

const parts: Readonly<Record<PartName, Part>> = {
    sgp30: { address: SGP30_ADDRESS, create: options => new Sgp30(options) },
    scd30: { address: SCD30_ADDRESS, create: options => new Scd30(options) },
    scd4x: { address: SCD4X_ADDRESS, create: options => new Scd4x(options) },
    sht3x: { address: SHT3X_ADDRESS, create: options => new Sht3x(options) },
}

/** A simulated part in its usual variant. */
export function newSensor(part: PartName, options: SensorOptions): SimulatedSensor {
    return parts[part].create(options)
}

/** 7-bit I2C address. */
export function addressOf(part: PartName): number {
    return parts[part].address
}
