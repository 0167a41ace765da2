/** Quantities as JSON, made by the database. */
import { type Expression, type RawBuilder, sql as text } from "kysely"
import { type StoredQuantity, storedQuantities } from "./quantity-columns.ts"

/**
 * SQL of the members of all quantities, `,"co2Ppm":420,"eco2Ppm":null,…`, in their units.
 *
 * @param stored whole number as the database keeps it, or null
 */
export function quantityMembers(stored: (quantity: StoredQuantity) => Expression<unknown>): RawBuilder<string> {
    const members = storedQuantities.map(quantity => {
        const [whole, { name, scale }] = [stored(quantity), quantity]
        const value = scale === 1 ? whole : text`cast(${whole} AS double precision) / ${text.lit(scale)}`
        return text`${text.lit(`,"${name}":`)} || coalesce(cast(${value} AS text), 'null')`
    })
    return text`${text.join(members, text` || `)}`
}
