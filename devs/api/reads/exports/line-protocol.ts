/** InfluxDB line protocol (https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/). */
import { quantityNames } from "../../store/records.ts"
import type { RowWriter } from "./export-row.ts"

const MEASUREMENT = "airpin"

/** Timestamps are in nanoseconds, which is what InfluxDB takes unless told otherwise. */
const NANOSECONDS = "000000000"

/**
 * Writes points with the device's id and name as tags. A point without a field does not exist, so a reading in which
 * nothing was measured is left out. Values are floats also where they are whole: a field keeps the type of its first
 * point, and means have decimals.
 */
export function lineWriter(id: string, name: string): RowWriter {
    const nameValue = tagValue(name)
    // a tag without a value is a syntax error
    const nameTag = nameValue === "" ? "" : `,name=${nameValue}`
    const series = `${MEASUREMENT},device=${tagValue(id)}${nameTag}`
    return row => {
        const fields = quantityNames.flatMap(quantity => {
            const value = row[quantity]
            return value === null ? [] : [`${quantity}=${value}`]
        })
        return fields.length === 0 ? "" : `${series} ${fields.join(",")} ${row.time}${NANOSECONDS}\n`
    }
}

/** A backslash at the end would escape the character after the value, so it is left out. */
export function tagValue(text: string): string {
    return text.replace(/\\+$/, "").replaceAll(/[ ,=]/g, "\\$&")
}
