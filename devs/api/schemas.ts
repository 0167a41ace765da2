/** JSON schemas that several routes share. */
import { restartReasons, settingRange } from "../../src/wire.ts"
import { type QuantityName, quantityNames } from "./store/records.ts"
import { lossTerms, quantityTerms } from "./terms.ts"

/** Largest count, duration and sequence number: a signed 32-bit integer, as on the device. */
export const MAX_COUNT = 2 ** 31 - 1

/** A device id: usable in a URL and in a file name. */
export const DEVICE_ID_PATTERN = "^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$"

/** Schema of a count or a duration. */
export function countSchema(description: string) {
    return { type: "integer", minimum: 0, maximum: MAX_COUNT, description }
}

/** Schema of a point in time. */
export const secondsSchema = { type: "integer", description: "Unix seconds" }

/** "CO2 in ppm" */
export function describeQuantity(name: QuantityName): string {
    const { label, unit } = quantityTerms[name]
    return `${label} in ${unit}`
}

/** Schemas of the losses in a batch and of a device, by name. */
export const lossProperties = {
    lost: countSchema("readings the device dropped before it could send them"),
    rejected: countSchema(`of those lost: ${lossTerms.rejected}`),
    undated: countSchema(`of those lost: ${lossTerms.undated}`),
    damaged: countSchema(`of those lost: ${lossTerms.damaged}`),
    timeUncertaintyS: countSchema("seconds by which the times may be off, at most"),
}

/** "uptime, stalled, settings" */
export const restartReasonsText = restartReasons().join(", ")

/** Schemas of the measured values, by name; null where nothing was measured. */
export const quantityProperties = Object.fromEntries(
    quantityNames.map(name => [name, { type: "number", nullable: true, description: describeQuantity(name) }]),
)

/** Schemas of a reading, by name. */
export const readingProperties = {
    time: { type: "integer", description: "end of the interval, Unix seconds" },
    boot: { type: "string" },
    seq: { type: "integer" },
    ...quantityProperties,
}

/** Schema of an object whose properties are all required, unless named as optional. */
export function objectSchema<Properties extends Record<string, object>>(
    properties: Properties,
    { optional = [], ...more }: { optional?: string[]; nullable?: true; description?: string } = {},
) {
    const required = Object.keys(properties).filter(name => !optional.includes(name))
    return { type: "object", ...more, ...(required.length > 0 && { required }), properties }
}

const { min: minPpm, max: maxPpm } = settingRange("CO2_POOR_PPM") ?? { min: 0, max: MAX_COUNT }
const ppmSchema = { type: "integer", minimum: minPpm, maximum: maxPpm }

/** Schema of the limits of CO2 in a room. */
export const co2LimitsSchema = objectSchema({
    fairPpm: { ...ppmSchema, description: "from here the air is fair" },
    poorPpm: { ...ppmSchema, description: "from here the air is poor" },
})

/** Path parameter of every route below one device. */
export const deviceParams = objectSchema({ id: { type: "string", pattern: DEVICE_ID_PATTERN } })

/** A 200 response in JSON, as the schema of a route has it. Its errors stand in the route's `config.errors`. */
export function responses(description: string, schema: object) {
    return { 200: { description, content: { "application/json": { schema } } } }
}
