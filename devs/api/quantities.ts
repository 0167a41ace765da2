import { type Quantity, quantities } from "../../src/wire.ts"

export type QuantityName = Quantity["name"]

/** For people: what it is, and its unit. */
export const quantityTexts: Record<QuantityName, { label: string; unit: string }> = {
    co2Ppm: { label: "CO2", unit: "ppm" },
    eco2Ppm: { label: "eCO2", unit: "ppm" },
    tvocPpb: { label: "TVOC", unit: "ppb" },
    temperatureC: { label: "Temperature", unit: "°C" },
    humidityRh: { label: "Humidity", unit: "%RH" },
}

/** "CO2 in ppm" */
export function describeQuantity(name: QuantityName): string {
    const { label, unit } = quantityTexts[name]
    return `${label} in ${unit}`
}

/** The measured values of one reading, in their units; null where nothing was measured. */
export type Values = Record<QuantityName, number | null>

/** Quantity names in the order of exports. */
export const quantityNames: QuantityName[] = quantities.map(quantity => quantity.name)
