/** The simulated parts by name, as faults and soaks refer to them. */

export const partNames = ["sgp30", "scd30", "scd4x", "sht3x"] as const

export type PartName = (typeof partNames)[number]

/** 7-bit I2C addresses; the SHT3x with its pin ADDR low. */
export const partAddresses: Readonly<Record<PartName, number>> = { sgp30: 0x58, scd30: 0x61, scd4x: 0x62, sht3x: 0x44 }
