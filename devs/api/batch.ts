import { AirpinError } from "../../certs/error.ts"
import { type Batch, MAX_BATCH, quantities } from "../../src/wire.ts"
import { ReadingRejected } from "./rejected-reading.ts"
import { countSchema, describeQuantity, lossProperties, MAX_COUNT } from "./schemas.ts"
import { sentStatusSchema } from "./status.ts"
import { lossesOf, type QuantityValues, quantityNames, type TimedBatch } from "./store/records.ts"
import { MIN_TIME } from "./time-range.ts"

/** Readings in one post: twice what the largest BATCH setting sends. */
const MAX_READINGS = 2 * MAX_BATCH

/** One day: far beyond the device's longest interval of one hour. */
const MAX_STEP_S = 86_400

/** How far a device's clock may run ahead. */
const MAX_AHEAD_S = 3_600

const columnSchemas = Object.fromEntries(
    quantities().map(({ name, min, max }) => [
        name,
        {
            type: "array",
            description: `${describeQuantity(name)}, one per reading; null where not measured`,
            minItems: 1,
            maxItems: MAX_READINGS,
            items: { type: "number", nullable: true, minimum: min, maximum: max },
        },
    ]),
)

/** JSON schema of a {@link Batch}; {@link timedBatch} checks what a schema cannot express. */
export const batchSchema = {
    type: "object",
    additionalProperties: false,
    required: ["boot", "seq", "step"],
    properties: {
        boot: { type: "string", pattern: "^[0-9a-z-]{1,32}$", description: "boot id, never reused by the device" },
        seq: {
            type: "integer",
            minimum: 1,
            maximum: MAX_COUNT,
            description: "sequence number of the first reading in this boot",
        },
        time: { type: "integer", description: "end of the first reading's interval, Unix seconds" },
        age: countSchema(
            "seconds from the end of the first interval to the sending; required without time, and beside it the device's clock: time + age",
        ),
        step: {
            type: "integer",
            minimum: 1,
            maximum: MAX_STEP_S,
            description: "seconds from one reading's end to the next",
        },
        gap: countSchema(
            "intervals without a reading between the last one kept of the boot before and this boot's first, including those taken in between and lost",
        ),
        ...lossProperties,
        ...columnSchemas,
        status: sentStatusSchema,
    },
}

/**
 * Turns a batch that fits {@link batchSchema} into rows with times.
 *
 * @param now Unix seconds, whole; `age` counts back from here
 * @throws AirpinError COLUMNS_MISSING, COLUMNS_DIFFER, TIME_OR_AGE, VALUE_OUT_OF_RANGE
 * @throws ReadingRejected TIME_OUT_OF_RANGE
 */
export function timedBatch(batch: Batch, now: number): TimedBatch {
    const { boot, seq, step } = batch
    const count = readingCount(batch)
    if (seq + count - 1 > MAX_COUNT)
        throw new AirpinError(
            "VALUE_OUT_OF_RANGE",
            `seq of the last reading is ${seq + count - 1}: must be <= ${MAX_COUNT}`,
        )
    const time = startTime(batch, now)
    checkTimes(batch, time, count, now)
    const values = Array.from({ length: count }, (_, index) => valuesAt(batch, index))
    return { boot, seq, time, step, ...lossesOf(batch), values }
}

/** @throws AirpinError COLUMNS_MISSING, COLUMNS_DIFFER */
export function readingCount(batch: Batch): number {
    const lengths = []
    for (const name of quantityNames) {
        const length = batch[name]?.length
        if (length !== undefined) lengths.push(length)
    }
    const [first] = lengths
    if (first === undefined) throw new AirpinError("COLUMNS_MISSING", "the batch has no column of a quantity")
    if (lengths.every(length => length === first)) return first
    throw new AirpinError(
        "COLUMNS_DIFFER",
        `the columns have ${lengths.join(", ")} values: all must have the same length`,
    )
}

function startTime({ time, age }: Batch, now: number): number {
    if (time !== undefined) return time
    if (age !== undefined) return now - age
    throw new AirpinError("TIME_OR_AGE", "a batch must have a time or an age")
}

function checkTimes({ seq, step }: Batch, time: number, count: number, now: number): void {
    const latest = now + MAX_AHEAD_S
    const index = Array.from({ length: count }, (_, at) => time + at * step).findIndex(
        at => at < MIN_TIME || at > latest,
    )
    if (index < 0) return
    throw new ReadingRejected(
        "TIME_OUT_OF_RANGE",
        seq + index,
        `a reading at ${time + index * step}: must lie between ${MIN_TIME} and ${latest}`,
    )
}

function valuesAt(batch: Batch, index: number): QuantityValues {
    const at = (column: (number | null)[] | undefined) => column?.[index] ?? null
    const { co2Ppm, eco2Ppm, tvocPpb, temperatureC, humidityRh } = batch
    return {
        co2Ppm: at(co2Ppm),
        eco2Ppm: at(eco2Ppm),
        tvocPpb: at(tvocPpb),
        temperatureC: at(temperatureC),
        humidityRh: at(humidityRh),
    }
}
