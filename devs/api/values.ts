import { quantities, type Quantity } from "../../src/reading.ts"

export type QuantityName = Quantity["name"]

/** The measured values of one reading, in their units; null where nothing was measured. */
export type Values = Record<QuantityName, number | null>

/** Quantity names in the order of exports. */
export const quantityNames: QuantityName[] = quantities.map(quantity => quantity.name)
