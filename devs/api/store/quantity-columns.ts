/**
 * Quantities as whole numbers of the database: the measured value times 10^decimals, as the device itself keeps it.
 * What was sent with more decimals is rounded.
 */
import { quantities } from "../../../src/wire.ts"
import type { QuantityName, QuantityValues } from "./records.ts"
import type { QuantityColumn, QuantityColumns } from "./tables.ts"

/** The column of each quantity, in the order of exports. */
const columnOf: Record<QuantityName, QuantityColumn> = {
    co2Ppm: "co2Ppm",
    eco2Ppm: "eco2Ppm",
    tvocPpb: "tvocPpb",
    temperatureC: "temperatureC100",
    humidityRh: "humidityRh100",
}

export interface StoredQuantity {
    name: QuantityName
    column: QuantityColumn
    /** stored value of 1 unit: 1 or 100 */
    scale: number
    decimals: number
    /** largest valid value, in its unit */
    max: number
}

export const storedQuantities: StoredQuantity[] = quantities().map(({ name, decimals, max }) => ({
    name,
    column: columnOf[name],
    scale: 10 ** decimals,
    decimals,
    max,
}))

export const quantityColumns: QuantityColumn[] = storedQuantities.map(({ column }) => column)

/** Makes one value per quantity column. */
export function mapColumns<Value>(value: (quantity: StoredQuantity) => Value): QuantityColumns<Value> {
    const of = (name: QuantityName) => value(storedQuantity(name))
    return {
        co2Ppm: of("co2Ppm"),
        eco2Ppm: of("eco2Ppm"),
        tvocPpb: of("tvocPpb"),
        temperatureC100: of("temperatureC"),
        humidityRh100: of("humidityRh"),
    }
}

function storedQuantity(name: QuantityName): StoredQuantity {
    const found = storedQuantities.find(quantity => quantity.name === name)
    if (found === undefined) throw new Error(`no quantity ${name}`)
    return found
}

const [temperature, humidity] = [storedQuantity("temperatureC").scale, storedQuantity("humidityRh").scale]

/** Measured values as they are stored. */
export function toColumns(values: QuantityValues): QuantityColumns<number | null> {
    return {
        co2Ppm: values.co2Ppm === null ? null : Math.round(values.co2Ppm),
        eco2Ppm: values.eco2Ppm === null ? null : Math.round(values.eco2Ppm),
        tvocPpb: values.tvocPpb === null ? null : Math.round(values.tvocPpb),
        temperatureC100: values.temperatureC === null ? null : Math.round(values.temperatureC * temperature),
        humidityRh100: values.humidityRh === null ? null : Math.round(values.humidityRh * humidity),
    }
}

/** Stored values as they were measured. */
export function fromColumns(columns: QuantityColumns<number | null>): QuantityValues {
    return {
        co2Ppm: columns.co2Ppm,
        eco2Ppm: columns.eco2Ppm,
        tvocPpb: columns.tvocPpb,
        temperatureC: columns.temperatureC100 === null ? null : columns.temperatureC100 / temperature,
        humidityRh: columns.humidityRh100 === null ? null : columns.humidityRh100 / humidity,
    }
}
